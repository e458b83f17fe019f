import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LAB_BOOT } from "../../../test/support/ec2-lab.ts";
import { makeLeaseCertificate } from "../../agent/certificate.ts";
import { hashOfKey, makeLeaseKey } from "../../agent/lease-key.ts";
import { readAgentConfig } from "../../config.ts";
import { agentFiles, DEAD_MAN_FILES, deadManScript, userData } from "./user-data.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "dead-man-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const at = (name: string): string => path.join(folder, name);
const inAnHour = () => String(Math.floor(Date.now() / 1_000) + 3_600);

async function runScript(script: string): Promise<void> {
  const shell = spawn("sh", ["-e"], { stdio: ["pipe", "ignore", "inherit"] });
  shell.stdin.end(script);
  const [code] = await once(shell, "exit");
  expect(code).toBe(0);
}

/** The script itself in a shell, with an uptime that the test sets. */
function start(idleSeconds: number) {
  const script = deadManScript(
    { deadMan: { idleSeconds, lifetimeSeconds: 0 } },
    {
      fed: at("fed"),
      deadline: at("deadline"),
      uptime: at("uptime"),
      shutdown: `{ cat ${at("uptime")} > ${at("shut-down")}; exit 0; }`,
      checkSeconds: 0.02,
    },
  );
  return spawn("sh", ["-c", script], { stdio: "ignore" });
}
const uptime = (seconds: number): Promise<void> => writeFile(at("uptime"), `${seconds}.50 1.00\n`);

describe("the dead-man's script", () => {
  it("ends the machine after so much uptime without food, and counts from the last meal", async () => {
    await uptime(100);
    await writeFile(at("deadline"), inAnHour());
    const process = start(60);
    const ended = once(process, "exit");
    await pause(200);
    await uptime(159);
    await pause(200);
    await writeFile(at("fed"), "1");
    await pause(300);
    await uptime(218);
    await pause(300);
    expect(process.exitCode).toBeNull();
    await uptime(219);
    await ended;
    expect(await readFile(at("shut-down"), "utf8")).toBe("219.50 1.00\n");
  });

  it("ends it at its deadline however well fed, and at once when the deadline can't be read", async () => {
    for (const deadline of [String(Math.floor(Date.now() / 1_000)), null]) {
      await uptime(1);
      if (deadline === null) await rm(at("deadline"), { force: true });
      else await writeFile(at("deadline"), deadline);
      const [code] = await once(start(9_999), "exit");
      expect(code).toBe(0);
    }
  });
});

describe("user data", () => {
  it("starts the dead-man before anything else, as a service that every boot starts again", () => {
    const script = userData(LAB_BOOT);
    expect(script.indexOf("systemctl enable --now reelburst-dead-man")).toBeLessThan(
      script.indexOf("npm install"),
    );
    expect(script).toContain("WantedBy=sysinit.target");
    expect(script).toContain("$(date +%s) + 7200");
    expect(Buffer.from(script).toString("base64").length).toBeLessThan(16_384);
  });

  it("writes the settings that the agent reads, for nobody else to read", async () => {
    const certificate = makeLeaseCertificate(Date.UTC(2026, 10, 21));
    const boot = { ...LAB_BOOT, ...certificate, agentKey: makeLeaseKey() };
    expect(userData(boot)).toContain(agentFiles(boot));
    await runScript(agentFiles(boot, folder));
    const text = await readFile(at("agent.env"), "utf8");
    const env = Object.fromEntries(
      text
        .trim()
        .split("\n")
        .map((line) => line.split(/=(.*)/s).slice(0, 2)),
    );
    expect(readAgentConfig(env)).toEqual({
      keySha256: hashOfKey(boot.agentKey),
      certificatePem: certificate.certificatePem.trim(),
      privateKeyPem: certificate.privateKeyPem.trim(),
      idleSeconds: 600,
      lifetimeSeconds: 7200,
      endCommand: "/usr/sbin/shutdown -h now",
      fedFile: DEAD_MAN_FILES.fed,
    });
    expect((await stat(at("agent.key"))).mode & 0o777).toBe(0o600);
    const inContainer = { ...boot, install: { kind: "container", image: "r" } } as const;
    expect(agentFiles(inContainer)).not.toContain("END_COMMAND");
  });

  it("is a script that a shell accepts, whatever the image is called", async () => {
    const install = { kind: "container", image: "registry.example/it's $(rm) here" } as const;
    for (const script of [userData(LAB_BOOT), userData({ ...LAB_BOOT, install })]) {
      const shell = spawn("sh", ["-n"], { stdio: ["pipe", "ignore", "pipe"] });
      shell.stdin.end(script);
      const [code] = await once(shell, "exit");
      expect(code).toBe(0);
    }
    expect(userData({ ...LAB_BOOT, install })).toContain(String.raw`'registry.example/it'\''s $(rm) here'`);
  });
});
