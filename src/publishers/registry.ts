// Every publisher type, by its name in the config.
import type { PublisherProvider } from "../delivery/publisher.ts";
import type { Site } from "../status/read-site.ts";
import { staticSite } from "./static-site.ts";

export const publishers: Readonly<Record<string, PublisherProvider<Site>>> = { "static-site": staticSite };
