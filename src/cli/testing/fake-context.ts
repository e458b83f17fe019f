import type { App } from "../../app.ts";
import type { ProductionResult } from "../../produce/events.ts";
import { ReelburstError } from "../../support/errors.ts";
import type { CliContext } from "../context.ts";
import type { StopSignal } from "../signals.ts";

/** A stream that is no terminal. */
export class TextSink {
  text = "";
  isTTY: boolean | undefined = undefined;
  columns: number | undefined = undefined;
  rows: number | undefined = undefined;

  write(text: string): void {
    this.text += text;
  }

  lines(): string[] {
    return this.text.split("\n").filter((line) => line !== "");
  }
}

export interface FakeContext extends CliContext {
  readonly stdout: TextSink;
  readonly stderr: TextSink;
  /** Exit codes of `leave`. */
  readonly left: number[];
  readonly appsOpened: number[];
  readonly appsClosed: number[];
  send(signal: StopSignal): void;
  listeners(): number;
}

/** A CLI in a world of its own: this folder, this app, a clock that goes on 100 ms with each look. */
export function fakeContext(cwd: string, app: Partial<App> = {}): FakeContext {
  const listeners = new Map<StopSignal, Set<(signal: StopSignal) => void>>();
  const appsOpened: number[] = [];
  const appsClosed: number[] = [];
  const left: number[] = [];
  let nowMs = Date.UTC(2026, 0, 1);
  const refuse = (): never => {
    throw new ReelburstError("INTERNAL", "This fake app can't do that.");
  };
  return {
    cwd,
    version: "9.9.9",
    stdout: new TextSink(),
    stderr: new TextSink(),
    readConfig: () => ({
      cacheDirectory: cwd,
      cacheMaxBytes: 0,
      encoders: "software",
      tempDirectory: cwd,
      slots: null,
      color: true,
      fetchAllow: [],
      databaseUrl: null,
      storageUrl: null,
      storageCredentials: null,
      redirectDownloads: false,
    }),
    loadApp: async () => () => {
      appsOpened.push(appsOpened.length);
      return {
        render: refuse,
        plan: refuse,
        join: refuse,
        examineVideos: refuse,
        doctor: refuse,
        make: refuse,
        topics: refuse,
        openService: refuse,
        openPublisher: refuse,
        openFleetDesk: refuse,
        ...app,
        close: async () => void appsClosed.push(appsClosed.length),
      };
    },
    now: () => (nowMs += 100),
    every: () => () => {},
    signals: {
      on: (signal, listener) => listeners.set(signal, (listeners.get(signal) ?? new Set()).add(listener)),
      off: (signal, listener) => listeners.get(signal)?.delete(listener),
    },
    leave: (code) => void left.push(code),
    left,
    appsOpened,
    appsClosed,
    send: (signal) => {
      for (const listener of [...(listeners.get(signal) ?? [])]) listener(signal);
    },
    listeners: () => [...listeners.values()].reduce((sum, set) => sum + set.size, 0),
  };
}

export function fakeResult(changes: Partial<ProductionResult> = {}): ProductionResult {
  return {
    title: null,
    film: "/films/harbour.mp4",
    files: [],
    width: 1920,
    height: 1080,
    fps: 30,
    frames: 600,
    seconds: 20,
    sizeBytes: 12_345_678,
    loudness: { integratedLufs: -16.04, truePeakDb: -1.5 },
    encoder: { name: "libx264", fallback: null },
    chunks: { total: 8, rendered: 6, cached: 2 },
    scenes: [],
    notices: [],
    stages: [
      { stage: "fetching", seconds: 0.5 },
      { stage: "rendering", seconds: 9 },
      { stage: "assembling", seconds: 0.5 },
    ],
    slots: 2,
    slotEndSeconds: [8.9, 9],
    peakMemoryBytes: 400_000_000,
    quality: { page: "/films/harbour.report.html", findings: [] },
    ...changes,
  };
}
