import "../styles/pages.css";
import { useState } from "preact/hooks";
import { keyWanted, takeKey } from "../api/client.ts";
import { useTitle } from "../ui/use-title.ts";

export function KeyGate() {
  useTitle("Key");
  const [text, setText] = useState("");
  const isWrong = keyWanted.value === "wrong";
  return (
    <main class="gate">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (text.trim() !== "") takeKey(text.trim());
        }}
      >
        <h1>This server requires a key</h1>
        <p class="quiet">
          Create one with <code>npx reelburst serve --new-key NAME</code>. It is kept until this tab is
          closed.
        </p>
        <label class="field">
          <span>Key</span>
          <input
            type="password"
            autocomplete="off"
            spellcheck={false}
            value={text}
            aria-invalid={isWrong}
            aria-describedby={isWrong ? "key-wrong" : undefined}
            onInput={(event) => setText(event.currentTarget.value)}
          />
        </label>
        {isWrong ? (
          <p id="key-wrong" class="wrong" role="alert">
            The server does not accept this key.
          </p>
        ) : null}
        <button type="submit" class="button accent large">
          Continue
        </button>
      </form>
    </main>
  );
}
