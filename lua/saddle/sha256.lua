--- sha256(text) -> the SHA-256 digest of a string of bytes (FIPS 180-4), as 64 hexadecimal digits.
-- The store tells scripts apart by it.
--
-- Words of 32 bits live in Lua's integers of 64. What is above bit 31 is cut off only where it
-- would be seen: a word written twice, x << 32 | x, turns a rotation into a shift.

local MASK <const> = 0xffffffff

--- floor(2^32 frac(p^e)) for the first n primes p: 35 bits are needed, a double has 53.
local function fractions(n, e)
  local list, p = {}, 2
  while #list < n do
    local prime = true
    for q = 2, math.floor(p ^ 0.5) do prime = prime and p % q ~= 0 end
    if prime then list[#list + 1] = math.floor(p ^ e % 1 * 2 ^ 32) end
    p = p + 1
  end
  return list
end

local start, K = fractions(8, 1 / 2), fractions(64, 1 / 3)

--- W[1..64] <- the message schedule of the block at `at` (section 6.2.2, step 1).
local function schedule(W, text, at)
  W[1], W[2], W[3], W[4], W[5], W[6], W[7], W[8], W[9], W[10], W[11], W[12], W[13], W[14], W[15],
    W[16] = string.unpack(">I4I4I4I4I4I4I4I4I4I4I4I4I4I4I4I4", text, at)
  for t = 17, 64 do
    local x, y = W[t - 15], W[t - 2]
    x, y = x << 32 | x, y << 32 | y
    W[t] = W[t - 16] + W[t - 7] + (x >> 7 ~ x >> 18 ~ (x & MASK) >> 3)
      + (y >> 17 ~ y >> 19 ~ (y & MASK) >> 10) & MASK
  end
end

--- H[1..8] <- H + what the block makes of it (steps 2 to 4).
local function compress(H, W)
  local a, b, c, d, e, f, g, h = H[1], H[2], H[3], H[4], H[5], H[6], H[7], H[8]
  for t = 1, 64 do
    local x, y = e << 32 | e, a << 32 | a
    local first = h + (x >> 6 ~ x >> 11 ~ x >> 25) + (e & f ~ ~e & g) + K[t] + W[t]
    local second = (y >> 2 ~ y >> 13 ~ y >> 22) + (a & b ~ a & c ~ b & c)
    h, g, f, e, d, c, b, a = g, f, e, d + first & MASK, c, b, a, first + second & MASK
  end
  H[1], H[2], H[3], H[4] = H[1] + a & MASK, H[2] + b & MASK, H[3] + c & MASK, H[4] + d & MASK
  H[5], H[6], H[7], H[8] = H[5] + e & MASK, H[6] + f & MASK, H[7] + g & MASK, H[8] + h & MASK
end

return function(text)
  if type(text) ~= "string" then error("sha256: the text must be a string", 2) end
  local whole = #text // 64 * 64
  local H, W = { table.unpack(start) }, {}
  for at = 1, whole, 64 do
    schedule(W, text, at)
    compress(H, W)
  end
  local last = text:sub(whole + 1) .. "\x80"
  last = last .. ("\0"):rep((56 - #last) % 64) .. string.pack(">I8", 8 * #text)
  for at = 1, #last, 64 do
    schedule(W, last, at)
    compress(H, W)
  end
  return (("%08x"):rep(8):format(table.unpack(H)))
end
