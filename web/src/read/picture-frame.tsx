import { useEffect, useRef, useState, type ReactNode } from 'react';
import { CopyButton } from '../parts/copy-button.js';
import { ProblemNote } from '../parts/problem-note.js';
import { Waiting } from '../parts/waiting.js';
import { toCsv, toTabs, type DataTable } from './data-table.js';
import { DataTableView } from './data-table-view.js';
import type { Draw, Frame, Picture } from './pictures.js';
import { savePng, saveSvg, saveText } from './save-picture.js';

interface Props {
  readonly picture: Pick<Picture, 'label' | 'draw'>;
  readonly table: DataTable;
  /** What it shows, in words. */
  readonly name: string;
  readonly frame: Omit<Frame, 'width'>;
}

/** A picture with its table; both can be copied and saved. */
export function PictureFrame({ picture, table, name, frame }: Props): ReactNode {
  const place = useRef<HTMLDivElement>(null);
  const [draw, setDraw] = useState<{ readonly draw: Draw } | null>(null);
  const [error, setError] = useState<unknown>(null);
  const width = useWidth(place);
  useEffect(() => {
    let isOpen = true;
    picture.draw().then(
      (loaded) => isOpen && setDraw({ draw: loaded }),
      (failure: unknown) => isOpen && setError(failure),
    );
    return () => {
      isOpen = false;
    };
  }, [picture]);
  const { measure, isShare, timeZone } = frame;
  useEffect(() => {
    if (draw === null || width === 0 || place.current === null) return;
    const svg = draw.draw(table, { width, measure, isShare, timeZone });
    svg.setAttribute('role', 'img');
    svg.setAttribute('aria-label', `${picture.label}: ${name}. The same as a table stands below.`);
    place.current.replaceChildren(svg);
  }, [draw, table, width, measure, isShare, timeZone, name, picture.label]);
  const svgNow = (): SVGSVGElement | null => place.current?.querySelector('svg') ?? null;
  const file = name.replaceAll(/[^\w]+/g, '-');
  const act = (action: (svg: SVGSVGElement) => Promise<void> | void): void => {
    const svg = svgNow();
    if (svg !== null) void Promise.resolve(action(svg)).catch(setError);
  };
  return (
    <figure className="picture">
      <figcaption className="picture-head">
        <span>{name}</span>
        <span className="row">
          <CopyButton label="Copy table" text={() => toTabs(table)} />
          <button type="button" className="button button-small" onClick={() => act((svg) => saveSvg(svg, file))}>
            Save SVG
          </button>
          <button type="button" className="button button-small" onClick={() => act((svg) => savePng(svg, file))}>
            Save PNG
          </button>
          <button
            type="button"
            className="button button-small"
            onClick={() => saveText(toCsv(table), 'text/csv', `${file}.csv`)}
          >
            Save CSV
          </button>
        </span>
      </figcaption>
      {error !== null && <ProblemNote error={error} what="The picture was not drawn" />}
      {draw === null && error === null && <Waiting what="Drawing the picture" />}
      <div className="picture-place" ref={place} />
      <details className="picture-table">
        <summary>The same as a table</summary>
        <DataTableView table={table} name={name} />
      </details>
    </figure>
  );
}

/** The width of an element in pixels, as it changes; 0 before it is known. */
function useWidth(place: React.RefObject<HTMLDivElement | null>): number {
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const element = place.current;
    if (element === null) return undefined;
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry?.contentRect.width ?? 0)));
    observer.observe(element);
    return () => observer.disconnect();
  }, [place]);
  return width;
}
