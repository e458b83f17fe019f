import { DocumentNode } from "../document-node.ts";
import { emptyFilm, finishImport } from "../film.ts";
import { ImportReport } from "../import-report.ts";
import type { Importer } from "../importer.ts";
import { resolveOverlaps, type SceneDraft } from "../scene-draft.ts";
import { type Scope, substitute } from "../substitute.ts";
import { readTransition } from "./looks.ts";
import { readMovieElements } from "./movie-elements.ts";
import { readOutput } from "./output.ts";
import { readScene } from "./scenes.ts";

/** A JSON2Video movie (API v2). */
export const json2video: Importer = {
  label: "JSON2Video",
  read(document, options) {
    const report = new ImportReport(options);
    const movie = new DocumentNode(withVariables(document, report));
    movie.ignore("id", "comment", "cache", "variables", "client-data");
    for (const key of ["exports", "webhook"])
      report.drop(movie.get(key), "Films are not sent anywhere.", "Take the film from --output.");
    const film = emptyFilm();
    readOutput(movie, film, report);
    const drafts: SceneDraft[] = [];
    for (const [index, scene] of movie.get("scenes").items().entries()) {
      const own = readScene(scene, index, film.output, report);
      const before = drafts.at(-1);
      if (own.length > 0 && before !== undefined)
        before.transition = readTransition(scene.get("transition"), report);
      else report.drop(scene.get("transition"), "The film begins with a full picture.");
      drafts.push(...own);
    }
    resolveOverlaps(drafts, report);
    readMovieElements(movie, drafts, film, report);
    return finishImport(movie, drafts, film, report);
  },
};

/** A scene's and an element's own variables come before the movie's. */
function withVariables(document: unknown, report: ImportReport): unknown {
  const { value, unresolved, tooLarge } = substitute(document, new Map(), innerScope);
  for (const { path, name } of unresolved)
    report.say(
      path,
      `{{${name.slice(0, 40)}}} has no value; expressions are not worked out.`,
      "Add it to variables, or write the value itself.",
    );
  if (tooLarge)
    report.refuse("FILE_TOO_LARGE", "variables", "With its variables filled in, the document is too large.");
  return value;
}

function innerScope(value: object, outer: Scope): Scope {
  const own: unknown = Object.hasOwn(value, "variables") ? (value as { variables: unknown }).variables : null;
  if (typeof own !== "object" || own === null) return outer;
  return new Map([...outer, ...Object.entries(own)]);
}
