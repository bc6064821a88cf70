const LETTERS: Record<string, string> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ı: 'i'
};

/**
 * A slug from a title in Latin letters, or null for other scripts: those are transliterated by the
 * API alone, when it makes the document.
 */
export function slugFrom(title: string): string | null {
  const plain = title
    .toLowerCase()
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[ßæœøłđðþı]/g, (letter) => LETTERS[letter]!)
    .replace(/['’]/g, '');
  if (/[^\P{L}a-z]/u.test(plain)) return null;
  const words = plain.match(/[a-z0-9]+/g);
  return words ? words.join('-').slice(0, 190).replace(/-$/, '') : null;
}
