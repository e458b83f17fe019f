/** The OpenAPI document as one page: no script, nothing loaded from elsewhere. */
interface Operation {
  readonly summary?: string;
  readonly tags?: readonly string[];
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly required?: boolean;
  }[];
  readonly requestBody?: unknown;
  readonly responses?: Readonly<Record<string, { readonly description?: string }>>;
}

export function renderDocs(document: object): string {
  const { info, paths = {} } = document as {
    readonly info?: { readonly title?: string; readonly version?: string };
    readonly paths?: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  };
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );
  const tags = [...new Set(operations.map(({ operation }) => operation.tags?.[0] ?? "other"))];
  const sections = tags.map((tag) => {
    const rows = operations
      .filter(({ operation }) => (operation.tags?.[0] ?? "other") === tag)
      .map(({ path, method, operation }) => row(path, method, operation));
    return `<h2>${inHtml(tag)}</h2>${rows.join("")}`;
  });
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Reelburst API</title>
<meta name="viewport" content="width=device-width"><style>${STYLE}</style>
<h1>${inHtml(info?.title ?? "")} API ${inHtml(info?.version ?? "")}</h1>
<p>Machine-readable: <a href="/openapi.json">/openapi.json</a>. Errors are problem+json; match on <code>code</code>.</p>
${sections.join("\n")}</html>`;
}

function row(path: string, method: string, operation: Operation): string {
  const parameters = (operation.parameters ?? []).map(
    ({ name, in: place, required }) =>
      `<li><code>${inHtml(name)}</code> (${inHtml(place)}${required === true ? ", required" : ""})</li>`,
  );
  const answers = Object.keys(operation.responses ?? {}).map((status) => `<code>${inHtml(status)}</code>`);
  const body = operation.requestBody;
  return `<details><summary><b>${inHtml(method.toUpperCase())}</b> <code>${inHtml(path)}</code> ${inHtml(operation.summary ?? "")}</summary>
<ul>${parameters.join("")}</ul><p>Answers: ${answers.join(" ")}</p>
${body === undefined ? "" : `<pre>${inHtml(JSON.stringify(body, null, 1))}</pre>`}</details>`;
}

function inHtml(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

const STYLE = `:root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}
body{max-width:60rem;margin:2rem auto;padding:0 1rem}
details{border-top:1px solid #8884;padding:.4rem 0}summary{cursor:pointer}
b{display:inline-block;min-width:3.6rem}pre{overflow:auto;max-height:30rem;padding:.5rem;background:#8882}`;
