// Every route of the JSON API. A resource is one file beside this one, and one line here.
import type { Route } from "../route.ts";
import { alertRoutes } from "./alerts.ts";
import { archiveRoutes } from "./archive.ts";
import { changeRoutes } from "./changes.ts";
import { componentRoutes } from "./components.ts";
import { channelRoutes } from "./channels.ts";
import { draftRoutes } from "./drafts.ts";
import { deliveryRoutes } from "./deliveries.ts";
import { importRoutes } from "./imports.ts";
import { inboxRoutes } from "./inbox.ts";
import { incidentRoutes } from "./incidents.ts";
import { seriesRoutes } from "./series.ts";
import { previewRoutes } from "./preview.ts";
import { silenceRoutes } from "./silences.ts";
import { monitorRoutes } from "./monitors.ts";
import { subscriberRoutes } from "./subscribers.ts";
import { tokenRoutes } from "./tokens.ts";
import { watchRoutes } from "./watch.ts";
import { maintenanceRoutes } from "./maintenance.ts";

export const routes: readonly Route[] = [
  ...incidentRoutes,
  ...previewRoutes,
  ...componentRoutes,
  ...alertRoutes,
  ...silenceRoutes,
  ...monitorRoutes,
  ...channelRoutes,
  ...deliveryRoutes,
  ...inboxRoutes,
  ...tokenRoutes,
  ...maintenanceRoutes,
  ...seriesRoutes,
  ...draftRoutes,
  ...changeRoutes,
  ...subscriberRoutes,
  ...watchRoutes,
  ...importRoutes,
  ...archiveRoutes,
];
