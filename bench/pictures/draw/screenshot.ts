/** A window of an invented program: side bar, toolbar, a chart, a table. Sharp one-pixel lines and small text. */
import { type Canvas, createCanvas, type SKRSContext2D } from "@napi-rs/canvas";
import { mulberry32 } from "../../measure/similarity.ts";
import { box, text } from "./lettering.ts";

const [WIDTH, HEIGHT] = [2560, 1440];
const INK = "#e6e9ef";
const SOFT = "#98a2b3";
const LINE = "#2b3342";
const SIDE = [
  "Overview",
  "Stations",
  "Deployments",
  "Alerts",
  "Calibration",
  "Exports",
  "Team",
  "Billing",
  "Settings",
];
const SITES = [
  "Kvaløya N",
  "Kvaløya S",
  "Brevik mole",
  "Outer reef 3",
  "Outer reef 4",
  "Harbour gate",
  "Lagoon east",
  "Lagoon west",
  "Spit",
  "Old pier",
  "Weir 1",
  "Weir 2",
];

export function drawScreenshot(): Canvas {
  const canvas = createCanvas(WIDTH, HEIGHT);
  const context = canvas.getContext("2d");
  const random = mulberry32(7);
  box(context, [0, 0, WIDTH, HEIGHT], "#11151c");
  drawSideBar(context);
  drawToolbar(context);
  drawTiles(context);
  drawChart(context, random);
  drawTable(context, random);
  return canvas;
}

function drawSideBar(context: SKRSContext2D): void {
  box(context, [0, 0, 340, HEIGHT], "#161b24");
  box(context, [339, 0, 1, HEIGHT], LINE);
  box(context, [36, 34, 44, 44], "#3b82f6", 12);
  text(context, "Tidewatch", 98, 67, { size: 30, color: INK, weight: 700 });
  SIDE.forEach((name, index) => {
    const y = 130 + index * 62;
    if (index === 1) box(context, [20, y, 300, 50], "#243049", 10);
    box(context, [40, y + 15, 20, 20], index === 1 ? "#60a5fa" : "#4a5568", 5);
    text(context, name, 80, y + 33, { size: 22, color: index === 1 ? INK : SOFT, weight: 500 });
  });
  box(context, [20, 1330, 300, 80], "#1c2330", 12);
  box(context, [36, 1346, 48, 48], "#7c5cff", 24);
  text(context, "Ines Okafor", 100, 1366, { size: 20, color: INK, weight: 600 });
  text(context, "Hydrography", 100, 1392, { size: 18, color: SOFT });
}

function drawToolbar(context: SKRSContext2D): void {
  box(context, [340, 0, WIDTH - 340, 96], "#131821");
  box(context, [340, 95, WIDTH - 340, 1], LINE);
  text(context, "Stations", 384, 60, { size: 32, color: INK, weight: 700 });
  box(context, [1180, 24, 640, 48], "#1b2230", 10, LINE);
  text(context, "Search stations, sensors, notes…", 1208, 55, { size: 20, color: "#667085" });
  ["24 h", "7 d", "30 d", "1 y"].forEach((label, index) => {
    const x = 1880 + index * 92;
    box(context, [x, 24, 84, 48], index === 1 ? "#3b82f6" : "#1b2230", 10);
    text(context, label, x + 42, 55, { size: 20, color: INK, weight: 500, align: "center" });
  });
  box(context, [2290, 24, 226, 48], "#22c55e", 10);
  text(context, "New deployment", 2403, 55, { size: 20, color: "#06210f", weight: 600, align: "center" });
}

function drawTiles(context: SKRSContext2D): void {
  const tiles = [
    ["Online", "41 of 44", "+2 since Monday", "#22c55e"],
    ["Mean level", "1.38 m", "−0.06 m against the table", "#60a5fa"],
    ["Wave height", "0.92 m", "rising since 04:10", "#f59e0b"],
    ["Open alerts", "3", "1 unassigned", "#ef4444"],
  ] as const;
  tiles.forEach(([name, value, note, color], index) => {
    const x = 384 + index * 536;
    box(context, [x, 132, 512, 170], "#171d28", 14, LINE);
    text(context, name, x + 28, 174, { size: 20, color: SOFT, weight: 500 });
    text(context, value, x + 28, 236, { size: 48, color: INK, weight: 700 });
    text(context, note, x + 28, 276, { size: 18, color });
  });
}

function drawChart(context: SKRSContext2D, random: () => number): void {
  const [left, top, width, height] = [384, 330, 2120, 430];
  box(context, [left, top, width, height], "#171d28", 14, LINE);
  text(context, "Water level, last 7 days", left + 28, top + 46, { size: 22, color: INK, weight: 600 });
  for (let row = 0; row <= 5; row++) {
    const y = top + 90 + row * 58;
    box(context, [left + 90, y, width - 130, 1], "#252d3b");
    text(context, `${(2.5 - row * 0.5).toFixed(1)} m`, left + 76, y + 6, {
      size: 16,
      color: SOFT,
      align: "right",
    });
  }
  ["Fri", "Sat", "Sun", "Mon", "Tue", "Wed", "Thu"].forEach((day, index) => {
    text(context, day, left + 160 + index * 285, top + 412, { size: 16, color: SOFT });
  });
  for (const [color, lag, gain] of [
    ["#60a5fa", 0, 92],
    ["#f59e0b", 0.8, 66],
    ["#a78bfa", 1.9, 44],
  ] as const) {
    context.beginPath();
    for (let x = 0; x <= 1980; x += 3) {
      const phase = x / 72 + lag;
      const level =
        Math.sin(phase) * (1 + 0.35 * Math.sin(phase / 14)) +
        0.25 * Math.sin(phase * 0.51) +
        (random() - 0.5) * 0.07;
      context.lineTo(left + 92 + x, top + 236 - level * gain);
    }
    context.strokeStyle = color;
    context.lineWidth = 2.5;
    context.stroke();
  }
}

function drawTable(context: SKRSContext2D, random: () => number): void {
  const [left, top] = [384, 790];
  box(context, [left, top, 2120, 618], "#171d28", 14, LINE);
  const columns = [28, 420, 700, 960, 1220, 1500, 1800];
  ["Station", "Sensor", "Level", "Drift", "Battery", "Last report", "State"].forEach((name, column) => {
    text(context, name, left + (columns[column] ?? 0), top + 40, { size: 18, color: SOFT, weight: 600 });
  });
  SITES.forEach((site, row) => {
    const y = top + 58 + row * 46;
    box(context, [left, y, 2120, 1], LINE);
    const state = row === 4 ? "Silent" : row === 8 ? "Drifting" : "Good";
    const battery = 40 + Math.floor(random() * 60);
    const cells = [
      site,
      `${["Radar", "Pressure", "Float"][row % 3]} ${100 + Math.floor(random() * 900)}`,
      `${(random() * 2.4).toFixed(3)} m`,
      `${(random() * 4 - 2).toFixed(2)} mm`,
      `${battery} %`,
      `${Math.floor(random() * 59)} min ${Math.floor(random() * 59)} s`,
      state,
    ];
    cells.forEach((cell, column) => {
      text(
        context,
        cell,
        left + (columns[column] ?? 0) + (column === 6 ? 26 : column === 4 ? 120 : 0),
        y + 31,
        {
          size: 19,
          color: column === 0 ? INK : SOFT,
          weight: column === 0 ? 600 : 400,
        },
      );
    });
    box(context, [left + 1220, y + 18, 100, 12], "#273042", 6);
    box(context, [left + 1220, y + 18, battery, 12], battery < 55 ? "#f59e0b" : "#22c55e", 6);
    box(
      context,
      [left + 1800, y + 18, 14, 14],
      state === "Good" ? "#22c55e" : state === "Silent" ? "#ef4444" : "#f59e0b",
      7,
    );
  });
}
