import { offerOf } from "../../api/offers.ts";
import { clock, count, price, span } from "../../format.ts";
import type { Checked } from "./check-draft.ts";

/** What each pool would take, to choose from before anything is spent. */
export function QuoteTable(props: {
  readonly checked: Checked;
  readonly pool: string;
  readonly onPool: (pool: string) => void;
}) {
  const { quotes, state } = props.checked;
  if (quotes === null) {
    return (
      <p class="quiet" aria-live="polite">
        {state === "right" || state === "checking" ? "Reading the files to estimate the time." : ""}
      </p>
    );
  }
  const only = quotes.quotes.length === 1;
  return (
    <div class="quotes">
      <p class="quiet figures">
        {clock(quotes.seconds)}, {count(quotes.frames)} frames
        {quotes.framesToRender < quotes.frames ? `, ${count(quotes.framesToRender)} left to render` : ""}
      </p>
      <table>
        <caption class="hidden">What it would take</caption>
        <thead class="hidden">
          <tr>
            <th scope="col">Machines</th>
            <th scope="col">Cost</th>
            <th scope="col">Time</th>
          </tr>
        </thead>
        <tbody>
          {quotes.quotes.map(offerOf).map((quote) => (
            <tr key={quote.pool} title={quote.basis}>
              <th scope="row">
                {only ? (
                  nameOf(quote.pool)
                ) : (
                  <label>
                    <input
                      type="radio"
                      name="pool"
                      checked={props.pool === quote.pool}
                      onChange={() => props.onPool(quote.pool)}
                    />
                    {nameOf(quote.pool)}
                  </label>
                )}
              </th>
              <td class="figures">
                {quote.dollars === null ? "unknown" : price(quote.dollars, quote.basis)}
              </td>
              <td class="figures">
                {quote.seconds === null ? "no estimate yet" : `about ${span(quote.seconds)}`}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function nameOf(pool: string): string {
  return pool === "local" ? "This machine" : pool;
}
