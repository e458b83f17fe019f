import { preact } from "@preact/preset-vite";
import { defineConfig } from "vite";

export default defineConfig({
  plugins: [preact({ prefreshEnabled: false, devToolsEnabled: false })],
  build: {
    target: "es2023",
    // The page's policy knows no data: addresses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  worker: { format: "es" },
  // `npx vite console` beside a running `npx reelburst serve`.
  server: { proxy: { "/v1": "http://127.0.0.1:4380", "/health": "http://127.0.0.1:4380" } },
});
