package colours

// Eyes are which cones somebody sees with.
type Eyes string

// The eyes that there are: with all cones, or without those for red, green or blue.
const (
	AllCones     Eyes = "all"
	Protanopia   Eyes = "protanopia"
	Deuteranopia Eyes = "deuteranopia"
	Tritanopia   Eyes = "tritanopia"
)

// AllEyes are all of them, from the most frequent.
var AllEyes = []Eyes{AllCones, Deuteranopia, Protanopia, Tritanopia}

// machado is what dichromats see of linear RGB: Machado, Oliveira and Fernandes, "A
// Physiologically-based Model for Simulation of Color Vision Deficiency", IEEE TVCG
// 15(6), 2009, severity 1.0.
var machado = map[Eyes][3]vector{
	Protanopia:   {{0.152286, 1.052583, -0.204868}, {0.114503, 0.786281, 0.099216}, {-0.003882, -0.048116, 1.051998}},
	Deuteranopia: {{0.367322, 0.860646, -0.227968}, {0.280085, 0.672501, 0.047413}, {-0.01182, 0.04294, 0.968881}},
	Tritanopia:   {{1.255528, -0.076749, -0.178779}, {-0.078411, 0.930809, 0.147602}, {0.004733, 0.691367, 0.3039}},
}

// see is what eyes make of a colour, in CIE L*a*b*.
func (e Eyes) see(c Colour) vector {
	rgb := c.linear()
	matrix, lacking := machado[e]
	if !lacking {
		return lab(rgb)
	}
	var seen vector
	for i, row := range matrix {
		sum := row[0]*rgb[0] + row[1]*rgb[1] + row[2]*rgb[2]
		seen[i] = min(1, max(0, sum))
	}
	return lab(seen)
}
