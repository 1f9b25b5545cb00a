// Reads a page by the words that stand on it. Called as (questions) => answers; each question is [word, name].
(questions) => {
  const CONTROLS = "input,select,textarea,[contenteditable='true'],[role=textbox],[role=combobox],[role=checkbox]";
  const PLACES = "section,nav,form,table,main,header,footer,aside,article,fieldset,dl,ul,ol,a,button";
  const tidy = (text) => (text || "").replace(/\s+/g, " ").trim();
  const bare = (text) => tidy(text).replace(/\s*[:*]+$/, "");
  const all = (selector, root) => [...(root || document).querySelectorAll(selector)];
  const shown = (element) => element.checkVisibility({ visibilityProperty: true });
  const same = (element, name) => bare(element.textContent) === bare(name);
  const quoted = (text) => CSS.escape(text);

  const labelText = (label) => {
    const copy = label.cloneNode(true);
    all("input,select,textarea,button,output", copy).forEach((control) => control.remove());
    return bare(copy.textContent);
  };
  const labelled = (name) => all("label").filter((label) => labelText(label) === bare(name))
    .map((label) => label.control || document.getElementById(label.htmlFor) || label.querySelector("output"));
  const ariaNamed = (name) => all("[aria-label],[aria-labelledby]").filter((element) => {
    if (bare(element.getAttribute("aria-label")) === bare(name)) return true;
    const ids = tidy(element.getAttribute("aria-labelledby")).split(" ").filter(Boolean);
    return ids.length > 0 && bare(ids.map((id) => document.getElementById(id)?.textContent || "").join(" ")) === bare(name);
  });
  const described = (name) => all("dt").filter((term) => same(term, name)).flatMap((term) => {
    const found = [];
    for (let next = term.nextElementSibling; next && next.tagName === "DD"; next = next.nextElementSibling) found.push(next);
    return found;
  });
  const rowHeaded = (name) => all("tbody th, tr > th:first-child").filter((head) => same(head, name)
    && head.nextElementSibling && head.nextElementSibling.tagName === "TD").map((head) => head.nextElementSibling);
  const byTestId = (name) => all(`[data-testid="${quoted(name)}"]`);

  const outermostGone = (elements) => elements.filter((one) => !elements.some((other) => other !== one && one.contains(other)));
  const named = (name) => {
    if (name.startsWith("testid=")) return byTestId(name.slice(7));
    let found = [...labelled(name), ...ariaNamed(name), ...described(name), ...rowHeaded(name)].filter(Boolean);
    found = [...new Set(found)];
    if (found.length > 1 && found.some((element) => !element.matches(PLACES)))
      found = found.filter((element) => !element.matches(PLACES));
    if (found.length > 1 && found.some(shown)) found = found.filter(shown);
    return found.length ? outermostGone(found) : byTestId(name);
  };

  const isTick = (element) => element.matches("input[type=checkbox],input[type=radio]");
  const text = (element) => {
    if (isTick(element)) return String(element.checked);
    if (element.tagName === "SELECT") return [...element.selectedOptions].map((option) => tidy(option.textContent)).join(", ");
    if (element.matches("input,textarea")) return element.value;
    return tidy(element.innerText ?? element.textContent);
  };
  const value = (element) => {
    if (isTick(element)) return element.checked;
    return element.matches("input,textarea,select,output,data,meter,progress") ? element.value : text(element);
  };
  const one = (elements, read) => {
    const readings = [...new Set(elements.map(read))];
    if (readings.length > 1) return { ambiguous: readings.map(String) };
    return readings.length ? { value: readings[0] } : { absent: true };
  };

  const heading = (table) => {
    for (let place = table; place && place !== document.body; place = place.parentElement)
      for (let before = place.previousElementSibling; before; before = before.previousElementSibling) {
        if (before.matches("table")) return "";
        const found = before.matches("h1,h2,h3,h4,h5,h6") ? [before] : all("h1,h2,h3,h4,h5,h6", before);
        if (found.length) return bare(found[found.length - 1].textContent);
      }
    return "";
  };
  const tables = (name) => {
    if (name.startsWith("testid=")) return byTestId(name.slice(7)).filter((element) => element.matches("table"));
    const aria = new Set(ariaNamed(name));
    const exact = all("table").filter((table) => bare(table.caption?.textContent) === bare(name) || aria.has(table)
      || table.dataset.testid === name);
    return exact.length ? exact : all("table").filter((table) => heading(table) === bare(name));
  };
  const rows = (table) => {
    const heads = all("thead tr:last-child > *", table).length ? all("thead tr:last-child > *", table)
      : [...(table.rows[0]?.cells || [])].filter((cell) => cell.tagName === "TH");
    const names = heads.map((head, index) => bare(head.textContent) || `column ${index + 1}`);
    const bodies = all("tbody tr", table).filter((row) => ![...row.cells].every((cell) => heads.includes(cell)));
    return bodies.filter((row) => !(row.cells.length === 1 && row.cells[0].colSpan > 1)).map((row) =>
      Object.fromEntries([...row.cells].map((cell, index) => [names[index] || `column ${index + 1}`, text(cell)])));
  };

  const CLICKABLE = "button,a[href],input[type=submit],input[type=button],summary,[role=button],[role=link],[role=tab],[role=menuitem]";
  const clickName = (element) => bare(element.getAttribute("aria-label") || element.innerText || element.value);
  const clickable = (name) => all(CLICKABLE).filter((element) => clickName(element) === bare(name));
  const saying = (name) => all("body *").filter((element) => !element.matches("script,style,template,option")
    && shown(element) && same(element, name));

  const table = (name) => {
    const found = tables(name);
    return found.length > 1 ? { ambiguous: found.map((each) => heading(each) || "a table") }
      : found.length ? { value: rows(found[0]) } : { absent: true };
  };
  const answers = {
    text: (name) => one(named(name), text),
    value: (name) => one(named(name), value),
    visible: (name) => ({ value: [...named(name), ...tables(name), ...clickable(name), ...saying(name)].some(shown)
      || tidy(document.body?.innerText).includes(tidy(name)) }),
    enabled: (name) => one([...new Set([...named(name).filter((each) => each.matches(CONTROLS)), ...clickable(name)])],
      (element) => !element.matches(":disabled") && element.getAttribute("aria-disabled") !== "true"),
    count: (name) => {
      const lists = tables(name);
      if (lists.length === 1) return { value: rows(lists[0]).length };
      const found = named(name).filter(shown);
      return { value: (found.length ? found : outermostGone([...clickable(name), ...saying(name)]).filter(shown)).length };
    },
    table,
    rows: () => {
      const found = all("table").filter(shown);
      return found.length > 1 ? { ambiguous: found.map((each) => heading(each) || "a table") }
        : { value: found.length ? rows(found[0]) : [] };
    },
    title: () => ({ value: document.title }),
    url: () => ({ value: location.href }),
    path: () => ({ value: location.pathname + location.search }),
    // for messages and screenshots, not for journeys
    labels: () => ({ value: [...new Set([...all("label").map(labelText), ...all("dt").map((term) => bare(term.textContent)),
      ...all("[aria-label]").map((each) => bare(each.getAttribute("aria-label"))),
      ...all("input[placeholder]").map((each) => tidy(each.placeholder))].filter(Boolean))] }),
    captions: () => ({ value: [...new Set(all("table").map((each) => bare(each.caption?.textContent)
      || bare(each.getAttribute("aria-label")) || heading(each)).filter(Boolean))] }),
    clickables: () => ({ value: [...new Set(all(CLICKABLE).filter(shown).map(clickName).filter(Boolean))] }),
    everything: () => ({ value: tidy(document.title) + "\n\n" + (document.body?.innerText || "").trim() }),
    leaves: () => {
      const headOf = (cell) => cell.closest("table")?.querySelector(`thead tr:last-child > :nth-child(${cell.cellIndex + 1})`);
      const owner = (element) => {
        if (element.matches("dd")) {
          let term = element.previousElementSibling;
          while (term && term.tagName !== "DT") term = term.previousElementSibling;
          return term ? bare(term.textContent) : "";
        }
        if (element.matches("td")) return bare(headOf(element)?.textContent || "");
        const label = element.labels && element.labels[0];
        return label ? labelText(label) : bare(element.getAttribute("aria-label") || element.getAttribute("name") || "");
      };
      const found = all("body *").filter((element) => shown(element) && (element.matches(CONTROLS) || element.matches("dd,td,output")
        || [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim())));
      window.__ringbackLeaves = found;
      return { value: found.map((element) => [owner(element), text(element), element.matches("input[type=password]")]) };
    },
    hide: (indices) => {
      indices.split(",").filter(Boolean).forEach((index) => window.__ringbackLeaves[index].setAttribute("data-ringback-hidden", ""));
      return { value: null };
    },
    unhide: () => {
      all("[data-ringback-hidden]").forEach((element) => element.removeAttribute("data-ringback-hidden"));
      return { value: null };
    },
  };
  return questions.map(([word, name]) => answers[word](name));
}
