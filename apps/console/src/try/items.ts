/** What can be ordered by Try it. */
export const ITEMS = [
  {
    sku: 'TEA-01',
    name: { en: 'Jeju green tea', ko: '제주 녹차' },
    unitPrice: { amount: 12_000, currency: 'KRW' },
    price: '₩12,000',
  },
  {
    sku: 'CUP-02',
    name: { en: 'White porcelain cup', ko: '백자 찻잔' },
    unitPrice: { amount: 38_000, currency: 'KRW' },
    price: '₩38,000',
  },
  {
    sku: 'POT-03',
    name: { en: 'Cast iron teapot', ko: '무쇠 찻주전자' },
    unitPrice: { amount: 64_000, currency: 'KRW' },
    price: '₩64,000',
  },
] as const;
