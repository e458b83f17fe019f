import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";

export const helpOpen = signal(false);

export const KEYS = [
  ["/", "Search productions"],
  ["n", "New production"],
  ["g", "All productions"],
  ["j  k", "Next or previous row or scene"],
  ["Enter", "Open the row"],
  ["space", "Play or pause"],
  ["← →", "Back or forward one second"],
  ["?", "Show these shortcuts"],
] as const;

export function KeyList() {
  return (
    <dl class="keys">
      {KEYS.map(([key, does]) => (
        <div key={key}>
          <dt>
            {key
              .split("  ")
              .flatMap((each) => each.split(" "))
              .map((each) => (
                <kbd key={each}>{each}</kbd>
              ))}
          </dt>
          <dd>{does}</dd>
        </div>
      ))}
    </dl>
  );
}

export function KeyHelp() {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (helpOpen.value) dialog.current?.showModal();
  }, [helpOpen.value]);
  if (!helpOpen.value) return null;
  const close = (): void => {
    helpOpen.value = false;
  };
  return (
    <dialog ref={dialog} class="dialog" aria-labelledby="keys-title" onClose={close}>
      <h2 id="keys-title">Keyboard shortcuts</h2>
      <KeyList />
      <form method="dialog">
        <button type="submit" class="button">
          Close
        </button>
      </form>
    </dialog>
  );
}
