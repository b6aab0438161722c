import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { documents } from "./vite.documents.ts";
import { OUTPUT, OWN_STORE } from "./vite.config.ts";

/** <paidup-invoices> in one file, for pages that have no bundler. */
export default defineConfig({
  plugins: [react(), documents()],
  define: { "process.env.NODE_ENV": JSON.stringify("production") },
  resolve: { conditions: ["source", "module", "browser", "production"], alias: OWN_STORE },
  publicDir: false,
  build: {
    outDir: OUTPUT,
    emptyOutDir: false,
    target: "es2022",
    lib: { entry: "src/element/index.tsx", formats: ["es"], fileName: () => "paidup-invoices.js" },
    rolldownOptions: { output: { codeSplitting: false, minify: true } },
  },
});
