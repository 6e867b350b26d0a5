import { MachineClock } from '../kernel/machineTime.ts';
import { Disk } from '../nodes/disk.ts';
import { startLinks } from '../nodes/links.ts';
import { type Server, seededIds } from '../nodes/server.ts';
import { Site, type SiteRole } from '../nodes/site.ts';
import type { RunParts } from '../runParts.ts';
import { Shelves } from './shelves.ts';
import { type Shop, World } from './world.ts';

/** How long a process that could not start is down. */
const RESTART_MS = 300;

/** A world before its first moment: no machine runs yet. */
export function buildWorld(run: RunParts): World {
  const { scheduler, random, lifetime, profile, requests, audit, copies, note, fail } = run;
  const sites = new SiteMaker(run);
  const clock = new MachineClock(scheduler, 1, 0);
  const hub = sites.make(hubSite(profile.hubServers));
  return new World({
    random: random.fork(),
    lifetime,
    profile,
    shelves: new Shelves(),
    requests,
    audit,
    hub,
    shops: Array.from({ length: profile.shops }, (_, index) => newShop(run, sites, index + 1)),
    skus: Array.from({ length: profile.skus }, (_, index) => `SKU-${index + 1}`),
    copies,
    cloneSite: ({ secret, site: { node } }, disk) =>
      sites.make({ ...shopSite(node, secret), disk, label: `copy of ${node}` }),
    newId: seededIds(clock, random.fork()),
    note,
    fail,
  });
}

function newShop({ network, profile }: RunParts, sites: SiteMaker, number: number): Shop {
  const node = `shop-${number}`;
  const secret = `the secret of ${node}`;
  network.addWire(node, profile.wire);
  return {
    site: sites.make(shopSite(node, secret)),
    location: `Store ${number}`,
    secret,
    isEnrolled: false,
    isRetired: false,
  };
}

interface SitePlan {
  readonly node: string;
  readonly role: SiteRole;
  readonly serverCount: number;
  /** What a shop is introduced to its hub with. */
  readonly enrolment: string | null;
  /** A new one, unless it is given. */
  readonly disk?: Disk;
  /** Where it is not that of the node. */
  readonly label?: string;
}

function hubSite(serverCount: number): SitePlan {
  return { node: 'hub', role: 'hub', serverCount, enrolment: null };
}

function shopSite(node: string, enrolment: string): SitePlan {
  return { node, role: 'store', serverCount: 1, enrolment };
}

/** Makes the machines of a run. */
class SiteMaker {
  readonly #run: RunParts;
  readonly #made: Site[] = [];

  constructor(run: RunParts) {
    this.#run = run;
  }

  make(plan: SitePlan): Site {
    const { random, profile, scheduler, network, newSeams, fail } = this.#run;
    const { node, role, serverCount, disk = this.#newDisk(node), label = node } = plan;
    const drift = (random.fraction() * 2 - 1) * profile.clockDrift;
    const site = new Site({
      node,
      label,
      role,
      disk,
      machine: new MachineClock(scheduler, 1 + drift, 0),
      serverCount,
      scheduler,
      random: random.fork(),
      network,
      weather: { ...profile.store },
      newSeams,
      onDefect: fail,
      openLinks: (server, on) => this.#openLinks(server, on, plan),
    });
    this.#made.push(site);
    return site;
  }

  #newDisk(node: string): Disk {
    const disk = Disk.empty(node);
    this.#run.audit.follow(node, disk);
    return disk;
  }

  #openLinks(server: Server, site: Site, { node, role, enrolment }: SitePlan): void {
    const { network, profile, note, guard, lifetime } = this.#run;
    const { balanceMs } = profile;
    const onSession = (peer: string, session: number) =>
      guard(() => this.#sessionBegins(site, peer, session));
    const ends = { network, role, enrolment, wire: node, balanceMs, note, onSession };
    startLinks(server, ends).then(
      (ledger) => {
        server.ledger = ledger;
      },
      (error: unknown) => {
        note(`${server.name} could not start: ${error}`);
        site.kill(server);
        lifetime.after(RESTART_MS, () => site.start());
      },
    );
  }

  /** Which of several databases of a shop the hub has begun a session with. */
  #sessionBegins({ role, node }: Site, peer: string, session: number): void {
    this.#run.audit.planned.forget();
    if (role !== 'hub') return;
    const guest = this.#made.find(
      (site) => site.node === peer && site.disk.tables.links.get(node)?.session === session,
    );
    if (guest) this.#run.copies.letIn(guest, session);
  }
}
