/**
 * A film's report as one page to look at: nothing is loaded from anywhere but the film beside it, and what a user wrote
 * is text wherever it stands. Pure.
 */
import { createHash } from "node:crypto";
import path from "node:path";
import { formatBytes, formatSeconds, formatTimecode } from "../../support/format.ts";
import { html, Markup } from "./markup.ts";
import { formatRate, lanes, minus } from "./page-charts.ts";
import { SCRIPT, STYLE } from "./page-style.ts";
import type { FileQuality, Finding, ProductionReport, SceneQuality } from "./quality-report.ts";

/** Pictures of more bytes than this together are left out: a page of 300 scenes must still open at once. */
const MOST_PICTURE_BYTES = 3_000_000;

/** @param pictures a JPEG for each scene, by its id */
export function reportPage(report: ProductionReport, pictures: ReadonlyMap<string, Uint8Array>): string {
  const { files, page } = report.quality;
  const title = report.title ?? path.basename(page).replace(/\.report\.html$/, "");
  const total = [...pictures.values()].reduce((sum, picture) => sum + picture.length, 0);
  const shown = total > MOST_PICTURE_BYTES ? new Map<string, Uint8Array>() : pictures;
  const isFilm = report.film !== null;
  // A page may be opened from anywhere, and a title may hold anything: the browser is told to run this script alone.
  const hash = createHash("sha256").update(SCRIPT).digest("base64");
  const policy = `default-src 'none'; img-src data:; media-src 'self' file:; style-src 'unsafe-inline'; script-src 'sha256-${hash}'`;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="referrer" content="no-referrer">
<title>${title}, report</title>
<style>${new Markup(STYLE)}</style>
</head>
<body>
<main>
<header>
<h1>${title}</h1>
<p class="dim">${headline(report)}</p>
</header>
${isFilm ? filmTop(report, files[0]) : html`<div class="top"><div>${foundList(report)}</div>${facts(report, null)}</div>`}
${files.map((file) => fileSection(report, file, shown, isFilm))}
<footer>Written by reelburst with the film. The same figures, and all captions, are in ${path.basename(page).replace(/\.report\.html$/, ".json")}.</footer>
</main>
<script>${new Markup(SCRIPT)}</script>
</body>
</html>
`.text;
}

function headline(report: ProductionReport): string {
  const count = report.scenes.filter(({ status }) => status === "done").length;
  return [
    formatSeconds(report.seconds),
    `${count} ${count === 1 ? "scene" : "scenes"}`,
    `${report.width} x ${report.height}`,
    `${Number(report.fps.toFixed(3))} frames a second`,
    report.encoder.name,
  ].join(", ");
}

function filmTop(report: ProductionReport, file: FileQuality | undefined): Markup {
  const source = report.film === null ? "" : linkTo(report, report.film);
  return html`<div class="top">
<video controls preload="metadata" src="${source}" style="aspect-ratio:${report.width}/${report.height}"></video>
${facts(report, file ?? null)}
</div>
${report.quality.findings.length === 0 ? null : html`<h2>Findings</h2>${foundList(report)}`}`;
}

function facts(report: ProductionReport, file: FileQuality | null): Markup {
  const { findings } = report.quality;
  const warnings = findings.filter(({ severity }) => severity === "warning").length;
  const verdict = warnings > 0 ? "warning" : findings.length > 0 ? "info" : "good";
  const words =
    findings.length === 0
      ? "No problems found"
      : `${countOf(findings.length, "finding")}, ${warnings === 0 ? "none urgent" : countOf(warnings, "warning")}`;
  const loudness = file?.loudness ?? null;
  const rows: [string, string | null][] = [
    ["Length", formatTimecode(report.seconds)],
    ["Sound against picture", file === null ? null : signed(file.duration.driftMs, 0, "ms")],
    ["Loudness", withUnit(loudness?.integratedLufs, "LUFS")],
    ["Asked for", withUnit(loudness?.targetLufs, "LUFS")],
    ["True peak", withUnit(loudness?.truePeakDb, "dBTP")],
    ["Loudness range", withUnit(loudness?.rangeLu, "LU")],
    ["Loudest moment", withUnit(loudness?.maxMomentaryLufs, "LUFS")],
    ["Size", formatBytes(report.sizeBytes)],
    ["Bit rate", formatRate((report.sizeBytes * 8) / Math.max(report.seconds, 0.001))],
  ];
  return html`<div>
<p class="verdict ${verdict}">${words}</p>
<dl>${rows.map(([name, value]) => (value === null ? null : html`<div><dt>${name}</dt><dd>${value}</dd></div>`))}</dl>
</div>`;
}

function foundList(report: ProductionReport): Markup {
  return html`<ul class="found">${report.quality.findings.map(
    (finding) => html`<li>
<b class="${finding.severity}">${place(report, finding)}</b>
<div><p>${finding.message}</p><p class="dim">${finding.hint} <code>${finding.code}</code></p></div>
</li>`,
  )}</ul>`;
}

function place(report: ProductionReport, { atSeconds, scene }: Finding): Markup {
  if (atSeconds === null) return html`<span>${scene ?? "film"}</span>`;
  const file = report.film ?? report.quality.files.find((one) => one.scene === scene)?.path ?? null;
  const time = formatTimecode(atSeconds);
  return file === null ? html`<span>${time}</span>` : timeLink(report, file, atSeconds, html`${time}`, "");
}

function fileSection(
  report: ProductionReport,
  file: FileQuality,
  pictures: ReadonlyMap<string, Uint8Array>,
  isFilm: boolean,
): Markup {
  const own = report.quality.findings.filter(({ scene }) => isFilm || scene === file.scene);
  return html`
${isFilm ? html`<h2>Scenes</h2>` : html`<h3><a href="${linkTo(report, file.path)}">${file.scene}</a></h3>`}
<div class="strip">${file.scenes.map((scene) => frame(report, file, scene, pictures, own))}</div>
<h2>Over time</h2>
${lanes(file, own)}
<h2>Figures</h2>
<div class="wide"><table>
<thead><tr><th scope="col">Scene</th><th scope="col">Start</th><th scope="col">Length</th><th scope="col">Picture</th><th scope="col">Loudness</th><th scope="col">Captions</th><th scope="col">Fastest</th><th scope="col">Lowest contrast</th></tr></thead>
<tbody>${file.scenes.map(row)}</tbody>
</table></div>`;
}

function frame(
  report: ProductionReport,
  file: FileQuality,
  scene: SceneQuality,
  pictures: ReadonlyMap<string, Uint8Array>,
  findings: readonly Finding[],
): Markup {
  const picture = pictures.get(scene.id);
  const image =
    picture === undefined
      ? ""
      : `;background-image:url(data:image/jpeg;base64,${Buffer.from(picture).toString("base64")})`;
  const own = findings.filter((finding) => finding.scene === scene.id);
  const state = own.some(({ severity }) => severity === "warning") ? "warning" : own.length > 0 ? "info" : "";
  const label = html`<span>${scene.id}<br>${formatTimecode(scene.startSeconds)}</span>`;
  const style = `flex-grow:${Math.max(1, Math.round(scene.seconds * 10))}${image}`;
  return timeLink(report, file.path, scene.startSeconds, label, state, style);
}

function row(scene: SceneQuality): Markup {
  const cues = scene.captions?.cues ?? [];
  const fastest = cues.toSorted((a, b) => b.load - a.load)[0];
  const contrasts = cues.flatMap(({ contrast }) => (contrast === null ? [] : [contrast.mean]));
  const cells: (string | Markup)[] = [
    scene.id,
    formatTimecode(scene.startSeconds),
    formatSeconds(scene.seconds),
    formatRate(scene.videoBitsPerSecond),
    withUnit(scene.loudnessLufs, "LUFS") ?? NONE,
    scene.captions === null ? NONE : String(cues.length),
    fastest === undefined
      ? NONE
      : html`<span class="${fastest.load > 1 ? "warning" : ""}">${fastest.charactersPerSecond.toFixed(1)} per s</span>`,
    contrasts.length === 0 ? NONE : `${Math.min(...contrasts).toFixed(1)} : 1`,
  ];
  return html`<tr>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>`;
}

const NONE = "\u2013";

function timeLink(
  report: ProductionReport,
  file: string,
  at: number,
  label: Markup,
  kind: string,
  style = "",
): Markup {
  const seconds = at.toFixed(2);
  return html`<a class="${kind}" href="${linkTo(report, file)}#t=${seconds}" data-at="${seconds}"${style === "" ? null : html` style="${style}"`}>${label}</a>`;
}

/** From the page to a file, in a URL's spelling: a film may be called `100 %?.mp4`. */
function linkTo(report: ProductionReport, file: string): string {
  const relative = path.relative(path.dirname(report.quality.page), file);
  return `./${relative.split(path.sep).map(encodeURIComponent).join("/")}`;
}

function withUnit(value: number | null | undefined, unit: string): string | null {
  return value == null ? null : `${minus(value.toFixed(1))} ${unit}`;
}

function signed(value: number | null, digits: number, unit: string): string | null {
  if (value === null) return null;
  return `${value > 0 ? "+" : value < 0 ? "\u2212" : ""}${Math.abs(value).toFixed(digits)} ${unit}`;
}

function countOf(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
