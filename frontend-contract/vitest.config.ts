import { defineConfig } from "vitest/config";

export default defineConfig({
  // The one that packages outside of this folder get: its two builds do not know each other.
  resolve: { alias: { graphql: "graphql/index.js" } },
  test: {
    include: ["src/**/*.test.ts", "scripts/*.test.js"],
    // Node 20 has WebSocket, but not without asking for it.
    execArgv: process.versions.node.startsWith("20.") ? ["--experimental-websocket"] : [],
  },
});
