import { expect, it } from "vitest";
import { html } from "./markup.ts";

it("html escapes whatever is put in, in text and in attributes, but not markup", () => {
  const hostile = `<script>"&'</script>\u0000`;
  expect(html`<p title="${hostile}">${[hostile, html`<b>${1}</b>`, null]}</p>`.text).toBe(
    '<p title="&lt;script&gt;&quot;&amp;&#39;&lt;/script&gt; ">&lt;script&gt;&quot;&amp;&#39;&lt;/script&gt; <b>1</b></p>',
  );
});
