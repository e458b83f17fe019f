import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    // Processes, not threads: some tests change the working folder, and native code is loaded in others.
    pool: "forks",
    include: ["{src,test,bench,scripts}/**/*.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Each test file may start render processes of its own.
    maxWorkers: 2,
    watch: false,
    passWithNoTests: false,
    reporters: ["default"],
  },
});
