// What correlation and the page ask at every turn finds its rows by an index, however long the history is.
import { everything } from "../components/shown-components.ts";
import { expect, test } from "vitest";
import { databases } from "../../test/kit/database.ts";
import { planOf } from "../../test/kit/query-plan.ts";
import { t0 } from "../../test/kit/incidents.ts";
import { calmAlerts, firingIn, quietAlerts } from "../alerts/alert-store.ts";
import { liveSilences } from "../alerts/silence-store.ts";
import type { Db } from "../db/schema.ts";
import { openIncidents, recentlyDismissed, recentPublicIncidents } from "../incidents/incident-store.ts";
import { openMaintenances, runningMaintenances } from "../maintenance/maintenance-store.ts";

const questions: Readonly<Record<string, (db: Db) => Promise<unknown>>> = {
  "what is open": openIncidents,
  "what was dismissed of late": (db) => recentlyDismissed(db, t0),
  "what fires in some incidents": (db) => firingIn(db, [1, 2]),
  "what is quiet": (db) => quietAlerts(db, "", 500),
  "what has calmed down": (db) => calmAlerts(db, t0, 500),
  "which silences live": (db) => liveSilences(db, t0),
  "which maintenance runs": (db) => runningMaintenances(db, t0),
  "which maintenance is open": openMaintenances,
  "what the public sees": (db) => recentPublicIncidents(db, everything, t0),
};

// Of a table of a few rows PostgreSQL reads all, whatever its indexes: its plans would say nothing here.
const [sqlite] = databases;

test.each(Object.entries(questions))("%s, asked of SQLite: every table by an index", async (_name, ask) => {
  if (sqlite === undefined) throw new Error("there is no SQLite");
  await using at = await sqlite.open();
  const { plan } = await planOf(at.db, ask);
  expect(plan).toMatch(/USING (COVERING )?INDEX/u);
  expect(plan).not.toMatch(/\bSCAN (incidents|alerts|maintenances|silences)(?! USING)/u);
});
