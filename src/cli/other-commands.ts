// Every command but the server itself, in the order in which the help lists them.
import type { Command } from "commander";
import { backtestCommand } from "./backtest.ts";
import { backupCommands } from "./backup.ts";
import { changeCommands } from "./change.ts";
import { subscriberCommands } from "./subscriber.ts";
import { configCommands } from "./config.ts";
import { demoCommands } from "./demo.ts";
import { doctorCommand } from "./doctor.ts";
import { exportCommand } from "./export.ts";
import { importCommand } from "./import.ts";
import { incidentCommands } from "./incident.ts";
import { inboxCommands } from "./inbox.ts";
import { initCommand } from "./init.ts";
import { listCommands } from "./lists.ts";
import { maintenanceCommands } from "./maintenance.ts";
import { monitorCommands } from "./monitor.ts";
import { noticeCommands } from "./notice.ts";
import { silenceCommands } from "./silence.ts";
import { sendTestCommand } from "./send-test.ts";
import { tokenCommands } from "./token.ts";
import { watchCommand } from "./watch.ts";
import type { DoorFlags } from "./door.ts";

export type Shared = DoorFlags & { readonly json?: boolean };

export function otherCommands(program: Command, shared: () => Shared): void {
  initCommand(program, shared);
  configCommands(program, shared);
  backupCommands(program, shared);
  importCommand(program, shared);
  exportCommand(program, shared);
  backtestCommand(program, shared);
  incidentCommands(program, shared);
  silenceCommands(program, shared);
  monitorCommands(program, shared);
  listCommands(program, shared);
  tokenCommands(program, shared);
  inboxCommands(program, shared);
  doctorCommand(program, shared);
  maintenanceCommands(program, shared);
  noticeCommands(program, shared);
  changeCommands(program, shared);
  subscriberCommands(program, shared);
  sendTestCommand(program, shared);
  watchCommand(program, shared);
  demoCommands(program, shared);
}
