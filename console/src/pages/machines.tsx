import "../styles/pages.css";
import { rentedOf } from "../api/offers.ts";
import type { Costs, Leases, Workers } from "../api/types.ts";
import { age, dollars, hostOf, plural, price } from "../format.ts";
import { LoadError } from "../ui/error-panel.tsx";
import { useTitle } from "../ui/use-title.ts";
import { now } from "../use-now.ts";
import { useResource } from "../use-resource.ts";

const LOOK_EVERY_MS = 3000;

export function MachinesPage() {
  useTitle("Machines");
  const workers = useResource<Workers>("/v1/workers", LOOK_EVERY_MS);
  const leases = useResource<Leases>("/v1/leases", LOOK_EVERY_MS);
  const costs = useResource<Costs>("/v1/costs", LOOK_EVERY_MS);
  const error = workers.error ?? leases.error ?? costs.error;
  return (
    <div class="page narrow">
      <div class="page-head">
        <h1>Machines</h1>
        {costs.value === null ? null : (
          <p class="spent">
            <span class="figures">{price(costs.value.accrued, costs.value.basis)}</span>
            <span class="quiet">{costs.value.basis}</span>
          </p>
        )}
      </div>
      {error === null ? null : (
        <LoadError title="The machines could not be loaded" error={error} retry={workers.reload} />
      )}
      {workers.value === null ? (
        error === null ? (
          <div class="skeleton block" aria-hidden="true" />
        ) : null
      ) : (
        <ul class="cards">
          {workers.value.workers.map((worker) => (
            <li key={worker.id} class="machine">
              <span class={`state ${worker.state === "busy" ? "active" : "waiting"}`}>
                <span class="dot" aria-hidden="true" />
                {worker.state === "busy" ? "Busy" : "Idle"}
              </span>
              <strong title={worker.id}>{hostOf(worker.id)}</strong>
              <span class="quiet">{worker.pool === "local" ? "This machine" : worker.pool}</span>
              <span class="quiet figures">{plural(worker.slots, "slot")}</span>
              <span class="machine-work">
                {worker.productions.map((id) => (
                  <a key={id} href={`/productions/${id}`}>
                    {id.slice(0, 8)}
                  </a>
                ))}
              </span>
            </li>
          ))}
        </ul>
      )}
      <h2>Rented</h2>
      {leases.value === null ? null : leases.value.leases.length === 0 ? (
        <p class="nothing-here">No rented machines. Films are rendered on this machine at no cost.</p>
      ) : (
        <ul class="cards">
          {leases.value.leases.map(rentedOf).map((lease) => (
            <li key={lease.id} class="machine">
              <span class="state active">
                <span class="dot" aria-hidden="true" />
                {lease.state ?? "rented"}
              </span>
              <strong>{lease.id}</strong>
              <span class="quiet">{lease.what}</span>
              <span class="figures">{lease.dollars === null ? "" : dollars(lease.dollars)}</span>
              <span class="machine-work">
                {lease.owner === null ? null : (
                  <a href={`/productions/${lease.owner}`}>{lease.owner.slice(0, 8)}</a>
                )}
                {lease.openedAt === null ? null : (
                  <span class="quiet figures">{age(lease.openedAt, now.value)}</span>
                )}
              </span>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
