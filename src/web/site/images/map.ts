import { random, type Size } from './random.ts';

const PALETTES = [
  {
    land: '#e9e3d0',
    block: '#f7f3e6',
    water: '#9fc4cf',
    park: '#b5cf9e',
    round: '#c2470c',
    ink: '#17402f'
  },
  {
    land: '#dfe6da',
    block: '#f2f5ec',
    water: '#8fb8c9',
    park: '#9fc08b',
    round: '#d05a12',
    ink: '#17402f'
  },
  {
    land: '#e8ddd3',
    block: '#f8f1ea',
    water: '#a9c5c8',
    park: '#c0cf9c',
    round: '#1f6b4c',
    ink: '#3a2419'
  },
  {
    land: '#1f3a30',
    block: '#2a4a3e',
    water: '#16303d',
    park: '#2f5c3c',
    round: '#ff9a62',
    ink: '#f6f3ea'
  },
  {
    land: '#2b3440',
    block: '#38434f',
    water: '#1d2a3a',
    park: '#35513f',
    round: '#ffd166',
    ink: '#f6f3ea'
  },
  {
    land: '#e6e2da',
    block: '#faf8f3',
    water: '#b3cbd8',
    park: '#c8d6a8',
    round: '#8a2f5b',
    ink: '#2b2330'
  }
];

type Point = [number, number];

/** A town from above: blocks along streets at an angle, a river, parks, and a round with its stops. */
export function map(name: string, { width, height }: Size): string {
  const next = random(name);
  const colours = PALETTES[Math.floor(next() * PALETTES.length)]!;
  const cell = 76 + next() * 34;
  const gap = cell * 0.14;
  const columns = Math.ceil((width * 1.9) / cell);
  const rows = Math.ceil((height * 2.6) / cell);
  const blocks: string[] = [];
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const wide = next() < 0.18 ? 2 : 1;
      const x = column * cell;
      const y = row * cell;
      const isPark = next() < 0.07;
      const w = cell * wide - gap;
      blocks.push(
        `<rect x="${x}" y="${y}" width="${w}" height="${cell - gap}" rx="${isPark ? 22 : 5}" fill="${isPark ? colours.park : colours.block}"/>`
      );
      column += wide - 1;
    }
  }
  const bend = () => (next() - 0.5) * height * 1.1;
  const start = height * (0.1 + next() * 0.8);
  const river = `M-50 ${start} C${width * 0.3} ${start + bend()} ${width * 0.6} ${start + bend()} ${width + 50} ${height * (0.2 + next() * 0.7)}`;

  // Along the streets only, on the turned grid, so that the round goes round corners.
  const corner = (column: number, row: number): Point => [
    column * cell - gap / 2,
    row * cell - gap / 2
  ];
  const middle = { column: Math.floor(columns / 2), row: Math.floor(rows / 2) };
  let at = { column: middle.column - 4, row: middle.row + (next() < 0.5 ? 1 : -1) };
  const stops: Point[] = [corner(at.column, at.row)];
  for (let leg = 0; leg < 9; leg++) {
    const along = leg % 2 === 0;
    at = along
      ? { ...at, column: at.column + 1 + Math.floor(next() * 1.6) }
      : {
          ...at,
          row: Math.min(
            middle.row + 2,
            Math.max(
              middle.row - 2,
              at.row + (next() < 0.5 ? -1 : 1) * (1 + Math.floor(next() * 2))
            )
          )
        };
    stops.push(corner(at.column, at.row));
  }
  const line = `M${stops.map((stop) => stop.join(' ')).join('L')}`;
  const pins = stops.map(
    ([x, y], i) =>
      `<circle cx="${x}" cy="${y}" r="${i === 0 || i === stops.length - 1 ? 15 : 9}" fill="${colours.block}" stroke="${colours.ink}" stroke-width="${i === 0 ? 8 : 5}"/>`
  );
  const angle = -28 + next() * 56;
  const turned = `translate(${width / 2} ${height / 2}) rotate(${angle}) translate(${(-columns * cell) / 2} ${(-rows * cell) / 2})`;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" style="display:block">
<rect width="${width}" height="${height}" fill="${colours.land}"/>
<g transform="${turned}">${blocks.join('')}</g>
<path d="${river}" fill="none" stroke="${colours.water}" stroke-width="${46 + next() * 40}"/>
<g transform="${turned}" fill="none" stroke-linejoin="round" stroke-linecap="round">
<path d="${line}" stroke="${colours.block}" stroke-width="17"/><path d="${line}" stroke="${colours.round}" stroke-width="9"/>${pins.join('')}</g></svg>`;
}
