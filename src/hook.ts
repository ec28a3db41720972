import { translateFrameworkErrors } from "@/lib/http/frameworkErrors";

// Bundled to dist/hook.mjs and loaded with --import in front of the web server.
translateFrameworkErrors();
