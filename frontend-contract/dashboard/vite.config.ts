import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { documents, preloads } from "./vite.documents.ts";

/** Where the service looks for the built dashboard. */
export const OUTPUT = "../../service/static/dashboard";

/** React brings this hook itself; the shim is for older ones. */
export const OWN_STORE = { "use-sync-external-store/shim/index.js": "react", "use-sync-external-store/shim": "react" };

const service = process.env["PAIDUP_URL"] ?? "http://127.0.0.1:8000";

export default defineConfig({
  // The page tells its base itself, so that the service may be reached under any path.
  base: "./",
  plugins: [react(), documents(), preloads()],
  resolve: { conditions: ["source", "module", "browser", "development|production"], alias: OWN_STORE },
  build: {
    outDir: OUTPUT,
    emptyOutDir: true,
    target: "es2022",
    manifest: true,
    // Nothing as data: addresses, which a strict policy would have to allow.
    assetsInlineLimit: 0,
    modulePreload: false,
  },
  server: {
    proxy: {
      "/graphql": { target: service, ws: true },
      "/dashboard.json": service,
    },
  },
});
