/** The console as its users meet it: in a browser, on a real server, with real films, small ones. */
import { mkdir, writeFile } from "node:fs/promises";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { runCli } from "../e2e/support/cli.ts";
import { Served } from "../e2e/support/server.ts";
import { Studio } from "../e2e/support/studio.ts";
import { naturalNoise } from "../fixtures/synthetic-pictures.ts";
import { babble } from "../fixtures/wav.ts";
import { accessibilityProblems } from "./support/axe.ts";
import { openBrowser, runsBrowser } from "./support/browser.ts";

const SMALL = { width: 192, height: 108, fps: 10, quality: "draft" };
const PAGE_MS = 30_000;

let studio: Studio;
let server: Served;
let browser: Browser;
const contexts: BrowserContext[] = [];

async function open(
  path: string,
  options: Parameters<Browser["newContext"]>[0] = {},
  on = server,
): Promise<Page> {
  const context = await browser.newContext({ reducedMotion: "reduce", colorScheme: "dark", ...options });
  contexts.push(context);
  context.setDefaultTimeout(PAGE_MS);
  const page = await context.newPage();
  // Anything the policy blocks or that throws is a fault, whatever the page looks like.
  page.on("pageerror", (error) => faults.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error" && !/status of 4/.test(message.text())) faults.push(message.text());
  });
  await page.goto(`${on.url}${path}`);
  return page;
}
const faults: string[] = [];

/** A production file with small frames, and what it names. */
async function writeFolder(name: string, scenes: number, seconds: number): Promise<string> {
  const file = {
    title: name,
    output: SMALL,
    scenes: Array.from({ length: scenes }, (_, index) => ({
      id: `s${index}`,
      image: "p.png",
      duration: seconds + index / 10,
      motion: { effect: "zoomIn", amount: 0.1 + index / 1000 },
    })),
  };
  await studio.picture(`${name}/p.png`, naturalNoise(192, 108, name.length));
  await writeFile(studio.at(`${name}/production.json`), JSON.stringify(file));
  return studio.at(name);
}

/** Brings a folder and starts it; ends on the production's page. */
async function make(page: Page, folder: string): Promise<string> {
  await page.getByLabel("Folder", { exact: true }).setInputFiles(folder);
  await page.getByRole("button", { name: "Make the film" }).click();
  await page.waitForURL(/\/productions\/[0-9a-f]{32}$/);
  return page.url().slice(-32);
}

/** The page's policy forbids to evaluate text in it: it is asked from outside, again and again. */
async function until(page: Page, expression: string): Promise<void> {
  await expect.poll(() => page.evaluate(expression), { timeout: PAGE_MS, interval: 50 }).toBe(true);
}

const state = (page: Page) => page.getByRole("region", { name: "State" });

// Each waits for films and pages; on a machine that does other work too, that takes its time.
describe.runIf(runsBrowser && process.platform === "linux")("console", { timeout: 150_000 }, () => {
  beforeAll(async () => {
    studio = await Studio.open();
    await mkdir(studio.at("data"), { recursive: true });
    [server, browser] = await Promise.all([
      Served.start({ data: studio.at("data"), cache: studio.at("cache") }),
      openBrowser(),
    ]);
  });
  afterEach(async () => {
    await Promise.all(contexts.splice(0).map((context) => context.close()));
    expect(faults.splice(0)).toEqual([]);
  });
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
    await studio?.close();
  });

  test("begins empty, and its first load stays small", async () => {
    const context = await browser.newContext();
    contexts.push(context);
    const page = await context.newPage();
    const sizes: number[] = [];
    page.on("requestfinished", (request) => {
      void request.sizes().then(({ responseBodySize }) => sizes.push(responseBodySize));
    });
    await page.goto(server.url);
    await page.getByRole("heading", { name: "No films yet" }).waitFor();
    await page.waitForLoadState("load");
    expect(sizes.length).toBeGreaterThan(3);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(60_000);
  });

  test("a folder becomes a strip, a strip a film, and the film plays", async () => {
    const png = await studio.picture("my-film/images/scene_001_chinese.png", naturalNoise(192, 108, 1));
    await studio.picture("my-film/images/scene_002_chinese.png", naturalNoise(192, 108, 2));
    for (const scene of ["001", "002"])
      await studio.wav(
        `my-film/audio/scene_${scene}_chinese.wav`,
        babble(48_000, 48_000, 0.3, Number(scene)),
      );
    await studio.write(
      "my-film/audio/scene_001_chinese.srt",
      "1\n00:00:00,100 --> 00:00:00,900\nHello there\n",
    );
    await studio.write("my-film/images/notes.psd", "no picture");
    expect(png).toContain("my-film");

    const page = await open("/new");
    await page.getByLabel("Folder", { exact: true }).setInputFiles(studio.at("my-film"));
    const strip = page.getByRole("region", { name: "Film strip" });
    await strip.getByRole("button", { name: /^scene_002_chinese/ }).waitFor();
    expect(await page.getByLabel("Title").inputValue()).toBe("My film");
    await page.getByText("its format is not taken from folders").waitFor();
    await page.getByText("FILE_FORMAT_UNSUPPORTED").waitFor();
    await page.locator(".stage").getByText("Hello there").waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);

    await page.getByLabel("720p").check();
    await page.getByLabel("Draft").check();
    await page.getByLabel("Outline").check();
    await page.getByText("This machine", { exact: true }).waitFor();
    await page.getByRole("button", { name: "Make the film" }).click();
    await page.waitForURL(/\/productions\//);
    await state(page).getByText("Done", { exact: true }).waitFor({ timeout: 90_000 });

    const view = await server.get(new URL(page.url()).pathname.replace("/productions", "/v1/productions"));
    expect(view).toMatchObject({
      status: "succeeded",
      document: {
        output: { resolution: "720p", quality: "draft" },
        defaults: { captions: { style: "outline" } },
      },
      scenes: [{ id: "scene_001_chinese" }, { id: "scene_002_chinese" }],
    });
    await page.getByRole("button", { name: "Play" }).click();
    await until(page, "document.querySelector('video').currentTime > 0.3");
    await page.keyboard.press("j");
    await until(page, "document.querySelector('video').currentTime >= 1");
    expect(await page.evaluate("document.querySelector('video').error")).toBeNull();
    // Frames of the film itself stand in the strip, not the files that were dropped.
    const thumbnail = String((view["scenes"] as { thumbnailUrl: string }[])[1]?.thumbnailUrl);
    const jpeg = await fetch(`${server.url}${thumbnail}`);
    expect([jpeg.status, jpeg.headers.get("content-type")]).toEqual([200, "image/jpeg"]);
    expect(await strip.locator(".frame-picture").nth(1).getAttribute("style")).toContain(thumbnail);
    expect(await accessibilityProblems(page)).toEqual([]);
  });

  test("one is canceled while it is rendered, and made by a retry", async () => {
    const page = await open("/new");
    await make(page, await writeFolder("long", 40, 1.5));
    await state(page).getByText("Rendering").waitFor();
    await page.getByRole("button", { name: "Cancel" }).click();
    await state(page).getByText("Canceled").waitFor();
    await page.getByRole("button", { name: "Retry" }).click();
    await state(page).getByText("Done", { exact: true }).waitFor({ timeout: 90_000 });
    expect(await state(page).innerText()).toMatch(/Attempt\s+2/);
  });

  test("what fails says with what code, where, and what to do", async () => {
    const folder = await writeFolder("broken", 1, 1);
    await writeFile(studio.at("broken/p.png"), "This is no picture at all.");
    const page = await open("/new");
    await page.getByLabel("Folder", { exact: true }).setInputFiles(folder);
    const findings = page.getByRole("region", { name: "Findings" });
    await findings.getByText("scenes[0].image").waitFor();
    expect(await page.getByRole("button", { name: "Make the film" }).isDisabled()).toBe(true);

    const broken = await server.upload(new TextEncoder().encode("This is no picture at all."));
    const response = await server.post("/v1/productions", {
      title: "Broken",
      output: SMALL,
      scenes: [{ id: "bad", image: broken, duration: 1 }],
    });
    const { id } = (await response.json()) as { id: string };
    await page.goto(`${server.url}/productions/${id}`);
    const trouble = page.getByRole("alert");
    await trouble.getByRole("heading", { name: "Scene bad could not be made" }).waitFor();
    expect(await trouble.innerText()).toMatch(/IMAGE_\w+[\s\S]*scenes\[0\]\.image/);
    await page.getByRole("button", { name: "bad, 0:01.0, failed" }).waitFor();
    await page.locator(".actions").getByRole("link", { name: "New film" }).waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
  });

  test("the list is live, searched, filtered, and walked through by keys", async () => {
    const page = await open("/");
    await page.getByText("My film").waitFor();
    expect(await page.locator(".row").count()).toBe(3);
    const picture = await server.upload(new TextEncoder().encode("no picture"));
    const scenes = [{ image: picture, duration: 1 }];
    await server.post("/v1/productions", { title: "Told of by the stream", output: SMALL, scenes });
    const told = page.locator(".row", { hasText: "Told of by the stream" });
    await told.getByText("Failed").waitFor();

    await page.keyboard.press("/");
    await page.keyboard.type("MY FI");
    await until(page, "document.querySelectorAll('.row').length === 1");
    await page.keyboard.press("Control+a");
    await page.keyboard.type("nothing is called that");
    await page.getByText("No title contains").waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.getByRole("button", { name: "Show all" }).click();
    await page.getByLabel("Failed").check();
    await until(page, "document.querySelectorAll('.row').length === 2");

    await page.getByLabel("All", { exact: true }).check();
    await until(page, "document.querySelectorAll('.row').length === 4");
    await page.getByRole("heading", { name: "Productions" }).click();
    await page.keyboard.press("j");
    await page.keyboard.press("j");
    await page.keyboard.press("k");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Told of by the stream" }).waitFor();
    await page.keyboard.press("?");
    await page.getByRole("dialog", { name: "Keyboard" }).waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await page.keyboard.press("n");
    await page.getByRole("heading", { name: "Drop a folder" }).waitFor();
  });

  test("pages are loaded by scrolling", async () => {
    const page = await open("/");
    await page.route(/\/v1\/productions\?/, async (route) => {
      const cursor = Number(new URL(route.request().url()).searchParams.get("cursor") ?? 0);
      const [one] = ((await server.get("/v1/productions?limit=1")) as { productions: object[] }).productions;
      const productions = Array.from({ length: 250 }, (_, index) => ({
        ...one,
        id: String(cursor + index).padStart(32, "0"),
        title: `Number ${cursor + index}`,
      }));
      await route.fulfill({ json: { productions, nextCursor: cursor < 750 ? String(cursor + 250) : null } });
    });
    await page.reload();
    await page.getByText("Number 249", { exact: true }).waitFor();
    while ((await page.locator(".row").count()) < 1000) {
      await page.evaluate("scrollTo(0, document.body.scrollHeight)");
      await page.waitForTimeout(20);
    }
    await page.getByText("Number 999", { exact: true }).waitFor();
  });

  test.for([
    ["dark", 1280],
    ["light", 390],
  ] as const)("every page is accessible and fits, %s, %i wide", async ([colorScheme, width]) => {
    const { productions } = (await server.get("/v1/productions?status=succeeded")) as {
      productions: { id: string }[];
    };
    const page = await open("/", { colorScheme, viewport: { width, height: 800 } });
    const pages = ["/", `/productions/${productions[0]?.id}`, "/new", "/machines", "/settings"];
    for (const path of [...pages, `/productions/${"0".repeat(32)}`]) {
      await page.goto(`${server.url}${path}`);
      await page.locator("h1").first().waitFor();
      // Event streams never fall silent: what is loaded after the heading gets a moment.
      await page.waitForTimeout(300);
      expect(await accessibilityProblems(page), path).toEqual([]);
      const overflow = await page.evaluate("document.documentElement.scrollWidth - innerWidth");
      expect(overflow, `${path} at ${width}`).toBeLessThanOrEqual(0);
    }
  });

  test("a server that is away is named, and come back to", async () => {
    const page = await open("/machines");
    await page.getByText("This machine", { exact: true }).waitFor();
    await page.route("**/v1/**", (route) => route.abort());
    await page.getByText("SERVER_UNREACHABLE").waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.unroute("**/v1/**");
    await page.getByRole("alert").waitFor({ state: "detached" });
    faults.splice(0);
  });

  test("a key is asked for, refused, taken, kept in the tab, and serves pictures and film", async () => {
    const closedData = studio.at("closed");
    await mkdir(closedData, { recursive: true });
    const cache = studio.at("cache");
    const { events } = await runCli(["serve", "--new-key", "laptop", "--data", closedData], {
      cwd: closedData,
      cacheDirectory: cache,
    });
    const key = String(events[0]?.["key"]);
    const closed = await Served.start({ data: closedData, cache, args: ["--require-key"] });
    try {
      const page = await open("/", {}, closed);
      await page.getByRole("heading", { name: "This server requires a key" }).waitFor();
      expect(await accessibilityProblems(page)).toEqual([]);
      await page.getByLabel("Key").fill("rb_wrong");
      await page.getByRole("button", { name: "Continue" }).click();
      await page.getByText("does not accept this key").waitFor();
      await page.getByLabel("Key").fill(key);
      await page.getByRole("button", { name: "Continue" }).click();
      await page.getByRole("link", { name: "Make your first film" }).click();
      await make(page, await writeFolder("keyed", 2, 1));
      await state(page).getByText("Done", { exact: true }).waitFor({ timeout: 90_000 });
      await until(page, "document.querySelector('video').src.includes('signature=')");
      await page.getByRole("button", { name: "Play" }).click();
      await until(page, "document.querySelector('video').currentTime > 0.2");
      await page.reload();
      await until(page, "document.querySelector('.frame-picture')?.style.backgroundImage.includes('blob:')");
      expect(closed.log).not.toContain(key);
    } finally {
      await closed.stop();
    }
  });
});
