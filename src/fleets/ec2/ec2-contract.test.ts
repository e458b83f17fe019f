import { type FleetBench, fleetContract } from "../../../test/contracts/fleet.contract.ts";
import { Lab } from "../../../test/support/ec2-lab.ts";

fleetContract("EC2", async (): Promise<FleetBench> => {
  const lab = new Lab({ fake: { delays: { pending: 30, shuttingDown: 30, visibility: 20, staleness: 5 } } });
  const { fake, time } = lab;
  return {
    time,
    fleet: await lab.fleet(),
    alive: () => fake.world.live().length,
    addForeign: (owner) => void fake.addForeign({ "reelburst:owner": owner }),
    loseLaunch: () => {
      let lost = false;
      fake.fault = ({ action }) => {
        if (lost || action !== "RunInstances") return "none";
        lost = true;
        return "lost-reply";
      };
    },
    setDown: (isDown) => {
      fake.fault = () => (isDown ? "lost-request" : "none");
    },
    setEmpty: () => {
      fake.vcpuLimit = 0;
    },
    billedMicros: () => fake.bill().reduce((sum, { micros }) => sum + micros, 0),
  };
});
