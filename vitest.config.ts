import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    globalSetup: ["test/kit/global-setup.ts"],
    // Real peers on a shared machine: what fails twice in a row is broken, what fails once is reported as flaky.
    retry: process.env["CI"] === "true" ? 2 : 0,
    testTimeout: 30_000,
    hookTimeout: 120_000,
    // Acceptance tests wait for other processes more than they work: one more than two cores can run.
    maxWorkers: 3,
    pool: "forks",
  },
});
