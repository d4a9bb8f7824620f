// Texts that an attacker or a careless hand could type, for every surface that shows one.
export const hostile =
  "<script>window.pwned=1</script><img src=x onerror=window.pwned=1>\"' onmouseover=window.pwned=1 x=`{{1+1}}${1}</title></style>--><svg onload=window.pwned=1> \u202egnp.exe\u0007\ud800";

export const hostileMarkdown = `${hostile}

[click](javascript:window.pwned=1) [data](data:text/html,<script>window.pwned=1</script>) <javascript:window.pwned=1> ![image](https://evil.example/track.png)

[a"onmouseover="window.pwned=1](https://good.example/"onmouseover="window.pwned=1) &#x202e; &lt;script&gt;

# A heading
<h1 id="main">Another</h1>

\`\`\`html
<script>window.pwned=1</script>
\`\`\`

- one
  - two
    - three`;

export const longName = "ThisIsOneVeryLongWordWithoutAnySpaceThatAnOperatorCouldWellTypeAsANameOfAComponentToday";
