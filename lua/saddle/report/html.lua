--- Pieces of an HTML page: escaped text, tables, pictures that are part of the page.
local html = {}

local entities = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;" }

--- Text as HTML shows it; control characters, which HTML forbids, become a mark.
function html.text(value)
  return (tostring(value):gsub('[&<>"]', entities):gsub("[\0-\8\11-\31\127]", "\u{FFFD}"))
end

--- Numbers as tables show them; other values as text.
function html.value(value)
  if type(value) ~= "number" then return html.text(value) end
  if math.type(value) == "integer" then return ("%d"):format(value) end
  return ("%.4g"):format(value)
end

--- <tag>..</tag> of several pieces of HTML.
function html.tag(tag, ...)
  return ("<%s>%s</%s>"):format(tag, table.concat({ ... }), tag:match "^%w+")
end

local function is_number(cell)
  return type(cell) == "number" or type(cell) == "table" and cell.n ~= nil
end

--- A table: heads are texts; rows are lists of values, or of {html = "..."}, or of {n = "a number
-- as text"}. Numbers align right. A caption is text.
function html.table(heads, rows, caption)
  local out = { '<div class="wide"><table>' }
  if caption then out[#out + 1] = html.tag("caption", html.text(caption)) end
  local cells = {}
  for k, head in ipairs(heads) do
    cells[k] = html.tag(rows[1] and is_number(rows[1][k]) and 'th class="n"' or "th",
      html.text(head))
  end
  out[#out + 1] = html.tag("thead", html.tag("tr", table.concat(cells)))
  out[#out + 1] = "<tbody>"
  for _, row in ipairs(rows) do
    for k = 1, #heads do
      local value = row[k]
      if value == nil then value = "" end
      local shown = type(value) ~= "table" and html.value(value) or value.html or html.text(value.n)
      cells[k] = html.tag(is_number(value) and 'td class="n"' or "td", shown)
    end
    out[#out + 1] = html.tag("tr", table.concat(cells))
  end
  out[#out + 1] = "</tbody></table></div>\n"
  return table.concat(out)
end

local digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

--- Bytes in base 64 (RFC 4648).
function html.base64(bytes)
  return (bytes:gsub("..?.?", function(three)
    local a, b, c = three:byte(1, 3)
    local n, out = a << 16 | (b or 0) << 8 | (c or 0), {}
    for k = 1, 4 do
      local at = (n >> (24 - 6 * k) & 63) + 1
      out[k] = k <= #three + 1 and digits:sub(at, at) or "="
    end
    return table.concat(out)
  end))
end

--- An SVG picture within the page, apart from its other pictures' names.
function html.picture(svg, caption)
  return ('<figure><img alt="%s" src="data:image/svg+xml;base64,%s">%s</figure>\n'):format(
    html.text(caption), html.base64(svg), html.tag("figcaption", html.text(caption)))
end

--- A part that opens on demand, and is shown when printed.
function html.details(summary, content)
  return html.tag("details", html.tag("summary", html.text(summary)), content)
end

html.STYLE = [[
:root { color-scheme: light; }
body { font: 16px/1.5 system-ui, sans-serif; color: #1b1f24; background: #fff; margin: 0 auto;
  padding: 1rem; max-width: 68rem; }
h1 { font-size: 1.7rem; margin: .5rem 0; }
h2 { font-size: 1.3rem; margin: 2.5rem 0 .5rem; border-top: 1px solid #d5dae0; padding-top: 1rem; }
h3 { font-size: 1.05rem; margin: 1.5rem 0 .4rem; }
p { margin: .4rem 0; } .quiet, figcaption, caption { color: #59636e; font-size: .9rem; }
.wide { overflow-x: auto; margin: .6rem 0; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .9rem; }
caption { text-align: left; padding-bottom: .3rem; }
th, td { padding: .25rem .7rem; text-align: left; border-bottom: 1px solid #e4e8ec;
  vertical-align: top; }
th { border-bottom: 2px solid #b9c1c9; white-space: nowrap; }
.n { text-align: right; white-space: nowrap; }
.figures { display: grid; gap: 1rem;
  grid-template-columns: repeat(auto-fill, minmax(min(26rem, 100%), 1fr)); }
figure { margin: 0; break-inside: avoid; }
figure img { width: 100%; height: auto; display: block; }
pre { overflow-x: auto; background: #f5f7f9; padding: .6rem; font-size: .8rem; }
code { font-size: .9em; overflow-wrap: anywhere; }
.good { color: #116329; } .bad { color: #b3261e; font-weight: 600; } .neutral { color: #6b5b00; }
@media (max-width: 30rem) { body { padding: .6rem; } th, td { padding: .25rem .4rem; } }
@media print { body { max-width: none; font-size: 10pt; }
  .figures { grid-template-columns: 1fr 1fr; } .wide { overflow: visible; }
  tr, figure { break-inside: avoid; } thead { display: table-header-group; }
  details::details-content { content-visibility: visible; } }
]]

--- A page with a title and pieces of HTML.
function html.page(title, pieces)
  return ([[<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>%s</title>
<style>
%s</style>
</head>
<body>
%s</body>
</html>
]]):format(html.text(title), html.STYLE, table.concat(pieces))
end

return html
