/** How much sharper than the page a picture is saved. */
const PNG_SCALE = 2;

/** What of a drawing's look comes from the page, and has to go with it. */
const LOOKS = ['fill', 'stroke', 'color', 'font-family', 'font-size', 'font-weight', 'font-variant-numeric'] as const;

/** Saves a drawing as it looks now, with its colours written into it: it needs no styles of ours. */
export function saveSvg(svg: SVGSVGElement, name: string): void {
  saveText(svgText(svg), 'image/svg+xml', `${name}.svg`);
}

/** @throws Error where the browser cannot draw it */
export async function savePng(svg: SVGSVGElement, name: string): Promise<void> {
  const { width, height } = svg.getBoundingClientRect();
  const url = URL.createObjectURL(new Blob([svgText(svg)], { type: 'image/svg+xml' }));
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    const canvas = document.createElement('canvas');
    canvas.width = width * PNG_SCALE;
    canvas.height = height * PNG_SCALE;
    const context = canvas.getContext('2d');
    if (context === null) throw new Error('This browser gives no canvas to draw on.');
    context.fillStyle = getComputedStyle(document.body).backgroundColor;
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(image, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'));
    if (blob === null) throw new Error('This browser made no PNG of it.');
    saveBlob(blob, `${name}.png`);
  } finally {
    URL.revokeObjectURL(url);
  }
}

export function saveText(text: string, type: string, name: string): void {
  saveBlob(new Blob([text], { type: `${type};charset=utf-8` }), name);
}

function saveBlob(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

function svgText(svg: SVGSVGElement): string {
  const copy = svg.cloneNode(true) as SVGSVGElement;
  const elements = svg.querySelectorAll('*');
  const copies = copy.querySelectorAll('*');
  writeLooks(svg, copy);
  elements.forEach((element, i) => writeLooks(element, copies[i]));
  copy.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  copy.querySelectorAll('[aria-label=tip]').forEach((tip) => tip.remove());
  return new XMLSerializer().serializeToString(copy);
}

function writeLooks(from: Element, to: Element | undefined): void {
  if (to === undefined) return;
  const style = getComputedStyle(from);
  for (const look of LOOKS) {
    const value = style.getPropertyValue(look);
    if (value !== '') to.setAttribute(look, value);
  }
}
