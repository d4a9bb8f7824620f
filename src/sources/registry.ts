// Every source type, by its name in the config.
import type { SourceProvider } from "../alerts/source.ts";
import { alertmanager } from "./alertmanager.ts";
import { canary } from "./canary.ts";
import { dnsProbe } from "./dns-probe.ts";
import { generic } from "./generic.ts";
import { grafana } from "./grafana.ts";
import { heartbeat } from "./heartbeat.ts";
import { httpProbe } from "./http-probe.ts";
import { jobs } from "./jobs.ts";
import { promql } from "./promql.ts";
import { sentry } from "./sentry.ts";
import { sql } from "./sql.ts";
import {
  upstreamCstate,
  upstreamFedora,
  upstreamInstatus,
  upstreamKuma,
  upstreamStatuspage,
  upstreamSyndication,
  upstreamUpptime,
} from "./upstream.ts";
import { ping } from "./ping.ts";
import { tcpProbe } from "./tcp-probe.ts";
import { tlsProbe } from "./tls-probe.ts";

export const sources: Readonly<Record<string, SourceProvider>> = {
  alertmanager,
  canary,
  dns: dnsProbe,
  generic,
  grafana,
  heartbeat,
  "http-probe": httpProbe,
  jobs,
  ping,
  promql,
  sentry,
  sql,
  tcp: tcpProbe,
  tls: tlsProbe,
  "upstream-cstate": upstreamCstate,
  "upstream-fedora": upstreamFedora,
  "upstream-instatus": upstreamInstatus,
  "upstream-rss": upstreamSyndication,
  "upstream-statuspage": upstreamStatuspage,
  "upstream-upptime": upstreamUpptime,
  "upstream-uptime-kuma": upstreamKuma,
};
