// Every publisher type, by its name in the config.
import type { PublisherProvider } from "../delivery/publisher.ts";
import type { PublicSnapshot } from "../status/snapshot.ts";
import { staticSite } from "./static-site.ts";

export const publishers: Readonly<Record<string, PublisherProvider<PublicSnapshot>>> = { "static-site": staticSite };
