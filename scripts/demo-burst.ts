/**
 * `npm run demo:burst`: the example on four machines of a fake EC2, one killed on the way, no account. The machines are
 * agents of their own on this machine, so it shows the course of a burst and not its speed. Linux only.
 */
import { spawn } from "node:child_process";
import { mkdir, readFile, rm } from "node:fs/promises";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { FakeEc2 } from "../test/fakes/ec2/fake-ec2.ts";
import { LocalMachines } from "../test/fakes/ec2/local-machines.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const OUT = path.join(ROOT, "out/demo-burst");
const MACHINES = 4;
const [source = "examples/demo/production.yaml", ...flags] = process.argv.slice(2);

const say = (text: string): void => void process.stdout.write(`${text}\n`);

const fake = new FakeEc2({
  now: Date.now,
  billsFrom: "launch",
  delays: { pending: 3, shuttingDown: 3 },
});
await rm(OUT, { recursive: true, force: true });
await mkdir(OUT, { recursive: true });
const endpoint = await fake.listen();
const machines = new LocalMachines(fake);
const ready: string[] = [];
let killed = false;

/** @returns the exit code; every line for people is shown and heard */
async function reelburst(args: readonly string[], hear: (line: string) => void = () => {}): Promise<number> {
  say(`\n$ npx reelburst ${args.join(" ")}`);
  const child = spawn(process.execPath, [path.join(ROOT, "bin/reelburst.js"), ...args], {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      PATH: process.env["PATH"],
      HOME: OUT,
      REELBURST_CACHE_DIR: path.join(OUT, "cache"),
      REELBURST_DATA_DIR: path.join(OUT, "data"),
      REELBURST_EC2_ENDPOINT: endpoint,
      AWS_REGION: "eu-central-1",
      AWS_ACCESS_KEY_ID: "AKIAFAKE",
      AWS_SECRET_ACCESS_KEY: "fake",
    },
  });
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on("line", (line) => {
      say(line);
      hear(line);
    });
  }
  return await new Promise((resolve) => child.once("close", (code) => resolve(code ?? 1)));
}

let exitCode = 1;
try {
  const film = path.join(OUT, "burst.mp4");
  const rent = ["--on", "ec2", "--max-cost", "1", "--machines", String(MACHINES), "--spot", "never"];
  exitCode = await reelburst(["render", source, "-o", film, ...rent, "--slots", "0", ...flags], (line) => {
    const id = /(i-[0-9a-f]+) answers and draws/.exec(line)?.[1];
    if (id !== undefined) ready.push(id);
    const victim = ready[1];
    if (killed || victim === undefined || !/%/.test(line)) return;
    killed = true;
    say(`          [the cloud takes ${victim} back, without notice]`);
    void machines.kill(victim);
  });
  await reelburst(["cost"]);
  const billed = fake.bill().reduce((sum, { micros }) => sum + micros, 0);
  say(`\nThe fake's own bill: $${(billed / 1e6).toFixed(6)}, without traffic, which it does not bill.`);
  say(`Alive at the fake: ${fake.world.live().length}. Machines in all: ${fake.world.instances.size}.`);
  const local = path.join(OUT, "local.mp4");
  const code = await reelburst(["render", source, "-o", local, "--no-cache", ...flags]);
  const isSame = code === 0 && exitCode === 0 && (await readFile(film)).equals(await readFile(local));
  say(isSame ? "\nThe film is the local one, byte for byte." : "\nThe film differs from the local one.");
  if (!isSame || !killed || fake.world.live().length > 0) exitCode = 1;
} finally {
  await machines.close();
  await fake.close();
}
process.exitCode = exitCode;
