/** Leases and ledger for longer than a test may take: `npm run trials:money [trials] [lives]`. */
import { billTrial, killTrial } from "../test/support/lease-trials.ts";

const trials = Number(process.argv[2] ?? 500);
const lives = Number(process.argv[3] ?? 500);
const say = (text: string): void => void process.stdout.write(`${text}\n`);
let problems = 0;

const sum = { launched: 0, lostReplies: 0, killed: 0 };
for (let seed = 0; seed < trials; seed++) {
  const { launched, lostReplies, wasKilled, broken } = await killTrial(`long ${seed}`, null);
  sum.launched += launched;
  sum.lostReplies += lostReplies;
  if (wasKilled) sum.killed++;
  for (const what of broken) {
    problems++;
    say(`trial ${seed}: ${what}`);
  }
}
say(
  `${trials} trials: ${sum.killed} killed controllers, ${sum.lostReplies} lost replies, ${sum.launched} machines;`,
);
say(`  more than one machine for a slot, or one left: ${problems}`);

for (const billsFrom of ["launch", "running"] as const) {
  let [machines, different, unexplained, above, billed] = [0, 0, 0, 0, 0];
  for (let seed = 0; seed < lives; seed++) {
    const trial = await billTrial(`long ${seed}`, billsFrom);
    machines += trial.machines;
    unexplained += trial.unexplained.length;
    billed += trial.billedMicros;
    above += trial.meteredMicros - trial.billedMicros;
    const isRight =
      billsFrom === "launch"
        ? trial.meteredMicros === trial.billedMicros
        : trial.secondsAbove === trial.pendingSeconds;
    if (!isRight) {
      different++;
      say(`life ${seed}: metered ${trial.meteredMicros}, billed ${trial.billedMicros}`);
    }
  }
  problems += different + unexplained;
  say(
    `${lives} lives, ${machines} machines, billed from ${billsFrom}: ${different} differ, ${unexplained} lines unexplained, ` +
      `metered is ${((100 * above) / billed).toFixed(2)} % above the bill`,
  );
}
if (problems > 0) process.exitCode = 1;
