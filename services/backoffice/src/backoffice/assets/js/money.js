// Minor units as the server shows them: US$3.23, -€1,000.00; in Italian 3,23 US$, -1.000,00 €.
const SYMBOLS = { USD: "US$", EUR: "€", GBP: "£", JPY: "¥", CNY: "CN¥", INR: "₹" };

function decimalsOf(currency) {
  return new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions().maximumFractionDigits;
}

export function money(minor, currency, language) {
  const decimals = decimalsOf(currency);
  const digits = { minimumFractionDigits: decimals, maximumFractionDigits: decimals, useGrouping: "always" };
  const number = (Math.abs(minor) / 10 ** decimals).toLocaleString(language, digits);
  const sign = minor < 0 ? "-" : "";
  const symbol = SYMBOLS[currency];
  if (language === "it") return `${sign}${number}\u00a0${symbol ?? currency}`;
  return `${sign}${symbol ?? `${currency} `}${number}`;
}
