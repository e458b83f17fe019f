/** Machines that come and go while chunks are drawn: what a render knows of them. Whoever rents them implements it. */
import type { TaskRunner } from "../render/process/render-pool.ts";
import type { ReelburstError } from "../support/errors.ts";

export interface MachineSource {
  /**
   * Brings machines while there is work, until `work.signal` aborts. Resolves when no machine is drawn on any more and
   * the end of each was asked for; that it is confirmed is waited for elsewhere.
   *
   * @throws ReelburstError why no machine is there and none will come
   */
  run(work: MachineWork): Promise<void>;
}

export interface MachineWork {
  /** Aborts when all chunks are drawn, or the render has ended otherwise. */
  readonly signal: AbortSignal;
  left(): Promise<WorkLeft>;
  /** Gives the machine chunks until its signal or the work's aborts; what it has not finished then is given back. */
  drawOn(machine: DrawingMachine): Promise<void>;
}

export interface WorkLeft {
  /** Taken by nobody. */
  readonly queuedChunks: number;
  /** Of all chunks that are not drawn. */
  readonly frames: number;
  /** Of one slot, as measured in this render; null before the first chunk. */
  readonly secondsPerFrame: number | null;
}

export interface DrawingMachine {
  /** Letters, digits, hyphens: it becomes part of file names. */
  readonly id: string;
  readonly runner: TaskRunner;
  /** Aborts when it is lost or let go. */
  readonly signal: AbortSignal;
  /** A failure of the machine, not of a chunk; the chunk goes back untouched. */
  readonly onFailure: (error: ReelburstError) => void;
}
