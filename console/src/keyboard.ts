/** Keys of a page. Nothing happens while somebody types, or with a modifier: those belong to the browser. */
import { useEffect } from "preact/hooks";

export function useKeys(keys: Readonly<Record<string, (event: KeyboardEvent) => void>>): void {
  useEffect(() => {
    const hear = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.metaKey || event.ctrlKey || event.altKey) return;
      const target = event.target as HTMLElement;
      const isTyping = target.matches(
        "input:not([type=radio]):not([type=checkbox]):not([type=range]), textarea, select",
      );
      if (isTyping || document.querySelector("dialog[open]") !== null) return;
      // Space and Enter on a button or a link press it.
      if ((event.key === " " || event.key === "Enter") && target.matches("button, a, input, summary")) return;
      const action = keys[event.key];
      if (action === undefined) return;
      event.preventDefault();
      action(event);
    };
    addEventListener("keydown", hear);
    return () => removeEventListener("keydown", hear);
  });
}
