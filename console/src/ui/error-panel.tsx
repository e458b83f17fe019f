import type { ComponentChildren } from "preact";
import type { Refusal } from "../api/client.ts";

export interface Trouble {
  readonly code: string;
  readonly message: string;
  readonly path?: string | undefined;
  readonly hint?: string | undefined;
}

/** What happened, where, what to do. */
export function ErrorPanel(props: {
  readonly title: string;
  readonly trouble: Trouble;
  /** The page has no other heading. */
  readonly isPage?: boolean;
  readonly children?: ComponentChildren;
}) {
  const Heading = props.isPage === true ? "h1" : "h2";
  const { code, message, path, hint } = props.trouble;
  return (
    <section class="trouble" role="alert">
      <Heading>{props.title}</Heading>
      <p class="trouble-message">{message}</p>
      {hint === undefined ? null : <p class="trouble-hint">{hint}</p>}
      <p class="trouble-code">
        <code>{code}</code>
        {path === undefined ? null : <code>{path}</code>}
      </p>
      {props.children === undefined ? null : <div class="trouble-actions">{props.children}</div>}
    </section>
  );
}

export function LoadError(props: {
  readonly title: string;
  readonly error: Refusal;
  readonly retry: () => void;
  readonly isPage?: boolean;
}) {
  return (
    <ErrorPanel title={props.title} trouble={props.error} isPage={props.isPage === true}>
      <button type="button" class="button" onClick={props.retry}>
        Try again
      </button>
    </ErrorPanel>
  );
}
