package inflate

// What the symbols of the three alphabets mean (RFC 1951, 3.2.5), without the length
// of their code. Symbols that the format leaves unused are 0, as if they had no code.
var (
	literalSymbols  = literalAlphabet()
	distanceSymbols = distanceAlphabet()
	lengthSymbols   = lengthAlphabet()
)

const endOfBlock = 256

func literalAlphabet() (all [maxLiterals]entry) {
	for i := range endOfBlock {
		all[i] = entry(i)<<16 | kindLiteral<<8
	}
	all[endOfBlock] = kindEnd << 8
	// Lengths from 3 on: eight without a bit more, then four each with 1 to 5; 258 by itself.
	value := 3
	for i := range 28 {
		extra := max(0, i/4-1)
		all[endOfBlock+1+i] = entry(value)<<16 | entry(extra)<<8
		value += 1 << extra
	}
	all[endOfBlock+29] = 258 << 16
	return all
}

func distanceAlphabet() (all [maxDistances]entry) {
	value := 1
	for i := range 30 { // four without a bit more, then two each with 1 to 13
		extra := max(0, i/2-1)
		all[i] = entry(value)<<16 | entry(extra)<<8
		value += 1 << extra
	}
	return all
}

func lengthAlphabet() (all [19]entry) {
	for i := range all {
		all[i] = entry(i) << 16
	}
	return all
}
