/** A picture to come back to: what it is called, and its address. */
export interface SavedPlot {
  readonly title: string;
  /** Path and query within the console. */
  readonly href: string;
}

const KEY = 'muster-plots';

/** The plots of a property that were saved in this browser, the newest first. */
export function savedPlots(storage: Storage, property: string): readonly SavedPlot[] {
  return read(storage)[property] ?? [];
}

/** Saves a plot, in place of one with the same address. */
export function savePlot(storage: Storage, property: string, plot: SavedPlot): void {
  const others = savedPlots(storage, property).filter(({ href }) => href !== plot.href);
  write(storage, property, [plot, ...others]);
}

export function forgetPlot(storage: Storage, property: string, href: string): void {
  write(
    storage,
    property,
    savedPlots(storage, property).filter((plot) => plot.href !== href),
  );
}

type Plots = Readonly<Record<string, readonly SavedPlot[]>>;

/** What is stored; nothing where somebody else has written there. */
function read(storage: Storage): Plots {
  try {
    const stored: unknown = JSON.parse(storage.getItem(KEY) ?? '{}');
    if (typeof stored !== 'object' || stored === null) return {};
    return Object.fromEntries(
      Object.entries(stored).map(([property, plots]) => [property, Array.isArray(plots) ? plots.filter(isPlot) : []]),
    );
  } catch {
    return {};
  }
}

function write(storage: Storage, property: string, plots: readonly SavedPlot[]): void {
  storage.setItem(KEY, JSON.stringify({ ...read(storage), [property]: plots }));
}

/** An address of the console alone: what is stored is never followed elsewhere. */
function isPlot(plot: unknown): plot is SavedPlot {
  if (typeof plot !== 'object' || plot === null) return false;
  const { title, href } = plot as Partial<Record<keyof SavedPlot, unknown>>;
  return typeof title === 'string' && typeof href === 'string' && href.startsWith('/p/');
}
