// Small kindnesses; every page works without them, and the server checks everything again.
document.querySelectorAll("form[data-once]").forEach((form) => {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "yes";
    form.querySelectorAll("button").forEach((button) => button.setAttribute("aria-busy", "true"));
  });
});
window.addEventListener("pageshow", (event) => {
  if (event.persisted) document.querySelectorAll("form[data-once]").forEach((form) => {
    delete form.dataset.sent;
    form.querySelectorAll("button").forEach((button) => button.removeAttribute("aria-busy"));
  });
});
const problems = document.querySelector("[data-focus]");
if (problems) problems.focus();

// Check digits while they are typed: a rep hears at once that a digit is wrong.
const digits = (text) => text.replace(/[\s.\-()+]/g, "");
const luhn = (text) => [...text].reverse().reduce((sum, digit, place) => {
  const doubled = Number(digit) * (1 + place % 2);
  return sum + (doubled > 9 ? doubled - 9 : doubled);
}, 0) % 10 === 0;
const told = (length, count, right) => length < count ? `${length} of ${count} digits` : right;
const checks = {
  zip: (text) => /^\d*$/.test(text) ? (text.length > 5 ? "too long: 5 digits" : told(text.length, 5, "")) : "digits only",
  tn: (text) => {
    const plain = digits(text).replace(/^1(?=\d{10}$)/, "");
    if (!/^\d*$/.test(plain) || plain.length > 10) return "10 digits, with area code";
    if (plain.length < 10) return told(plain.length, 10, "");
    return `(${plain.slice(0, 3)}) ${plain.slice(3, 6)}-${plain.slice(6)}`;
  },
  iccid: (text) => {
    const plain = digits(text);
    if (!/^\d*$/.test(plain)) return "digits only";
    return told(plain.length, 19, plain.length <= 20 && luhn(plain) ? "check digit is right" : "check digit is wrong");
  },
  imei: (text) => {
    const plain = digits(text);
    if (!/^\d*$/.test(plain)) return "digits only";
    return told(plain.length, 15, plain.length === 15 && luhn(plain) ? "check digit is right" : "check digit is wrong");
  },
  eid: (text) => {
    const plain = digits(text);
    if (!/^\d*$/.test(plain)) return "digits only";
    const right = plain.length === 32 && BigInt(plain) % 97n === 1n;
    return told(plain.length, 32, right ? "check digits are right" : "check digits are wrong");
  },
};
document.querySelectorAll("[data-check]").forEach((input) => {
  const feedback = document.getElementById(`${input.id}-feedback`);
  const tell = () => {
    feedback.textContent = input.value ? checks[input.dataset.check](input.value.trim()) : "";
    feedback.classList.toggle("wrong-digit", /wrong|only|too long/.test(feedback.textContent));
  };
  input.addEventListener("input", tell);
  tell();
});
