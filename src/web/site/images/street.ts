import { random, type Size } from './random.ts';

const HOURS = [
  {
    sky: ['#f9c98f', '#fbe8cc'],
    sun: '#f08a4b',
    far: '#d9a27a',
    near: '#8a4b3a',
    road: '#3a4a44',
    light: '#ffe7b0'
  },
  {
    sky: ['#bcd9df', '#eef3e6'],
    sun: '#fff7dc',
    far: '#a9bfae',
    near: '#5d7f6d',
    road: '#3c4641',
    light: '#f7f3e6'
  },
  {
    sky: ['#24384a', '#5d6f7d'],
    sun: '#f3ead0',
    far: '#2c4250',
    near: '#1b2c33',
    road: '#121c1f',
    light: '#ffd98a'
  },
  {
    sky: ['#e7d8c3', '#f6efe0'],
    sun: '#f2b56b',
    far: '#c9b59a',
    near: '#7c6650',
    road: '#40413a',
    light: '#fff3d6'
  }
];

/** A street with gabled houses, and a loaded cargo bike on its way. */
export function street(name: string, { width, height }: Size): string {
  const next = random(name);
  const hour = HOURS[Math.floor(next() * HOURS.length)]!;
  const ground = height * 0.8;
  const houses = (top: number, colour: string, windows: boolean) => {
    let drawn = '';
    for (let x = -40; x < width + 40;) {
      const wide = width * (0.07 + next() * 0.06);
      const tall = height * (top + next() * 0.14);
      const y = ground - tall;
      const gable = next() < 0.6 ? `L${x + wide / 2} ${y - wide * 0.45}` : '';
      drawn += `<path d="M${x} ${ground}V${y}${gable}L${x + wide} ${y}V${ground}Z" fill="${colour}"/>`;
      for (let row = 0; windows && row < 3; row++)
        for (let column = 0; column < 3; column++)
          drawn += `<rect x="${x + wide * (0.14 + column * 0.27)}" y="${y + tall * (0.12 + row * 0.22)}" width="${wide * 0.17}" height="${tall * 0.13}" fill="${hour.light}" opacity="${next() < 0.45 ? 0.9 : 0.14}"/>`;
      x += wide;
    }
    return drawn;
  };
  const sunX = width * (0.15 + next() * 0.7);
  const bikes = next() < 0.5 ? [0.36] : [0.22, 0.62];
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" style="display:block">
<defs><linearGradient id="sky" x2="0" y2="1"><stop stop-color="${hour.sky[0]}"/><stop offset="1" stop-color="${hour.sky[1]}"/></linearGradient></defs>
<rect width="${width}" height="${height}" fill="url(#sky)"/>
<circle cx="${sunX}" cy="${height * 0.34}" r="${height * 0.1}" fill="${hour.sun}"/>
${houses(0.34, hour.far, false)}${houses(0.24, hour.near, true)}
<rect y="${ground}" width="${width}" height="${height - ground}" fill="${hour.road}"/>
<rect y="${ground}" width="${width}" height="${height * 0.012}" fill="${hour.light}" opacity="0.5"/>
${bikes.map((place, i) => bike(width * place, ground + height * (0.1 + i * 0.02), height * 0.0021, next() < 0.5 ? '#c2470c' : '#1f6b4c')).join('')}
</svg>`;
}

/** Drawn 260 wide with its wheels on y = 0, then moved and scaled. */
function bike(x: number, y: number, scale: number, box: string): string {
  return `<g transform="translate(${x} ${y}) scale(${scale})" stroke-linecap="round" stroke-linejoin="round">
<ellipse cx="120" cy="4" rx="165" ry="6" fill="#000" opacity="0.18"/>
<g fill="none" stroke="#16221d" stroke-width="7"><circle cx="30" cy="-36" r="34"/><circle cx="236" cy="-26" r="24"/></g>
<g fill="none" stroke="#f6f3ea" stroke-width="8"><path d="M30-36 62-96H88L74-34ZM74-34H132L216-34 236-26M88-96 96-34M120-118l22 84M216-34l12-52"/></g>
<path d="M134-40h84l10-58h-100Z" fill="${box}"/><path d="M122-98h112v-10h-112Z" fill="#16221d" opacity="0.85"/>
<path d="M140-108h34v-26h-34ZM178-108h42v-36h-42Z" fill="#d9b98a"/><path d="M157-134v26M199-144v36" stroke="#a8875b" stroke-width="4"/>
<path d="M52-102h34" stroke="#16221d" stroke-width="9"/><path d="M106-122h22" stroke="#16221d" stroke-width="7"/>
<g fill="none" stroke-width="17"><path d="M70-108 92-72 76-36" stroke="#24385a"/><path d="M68-112 84-168" stroke="#f2b134" stroke-width="28"/><path d="M86-160 102-134 122-124" stroke="#e0a02a" stroke-width="12"/></g>
<circle cx="92" cy="-198" r="16" fill="#d99f7c"/><path d="M74-200a18 18 0 0 1 37-3Z" fill="#f6f3ea"/>
</g>`;
}
