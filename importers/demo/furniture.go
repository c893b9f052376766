package demo

// furniture is what stands in the streets without a name.
type furniture struct {
	category string
	hours    string
	operator string
	count    [4]int // per quarter, in the order of quarters
}

var streetFurniture = []furniture{
	{category: "bench", count: [4]int{6, 6, 4, 6}},
	{category: "waste_basket", count: [4]int{7, 6, 5, 4}},
	{category: "bicycle_parking", count: [4]int{5, 4, 4, 2}},
	{category: "post_box", operator: "La Poste", count: [4]int{2, 2, 1, 2}},
	{category: "recycling", operator: "Ambrelle Agglomération", hours: "Mo-Su 08:00-22:00", count: [4]int{3, 3, 3, 3}},
	{category: "defibrillator", hours: "24/7", count: [4]int{3, 3, 2, 2}},
	{category: "drinking_water", count: [4]int{2, 2, 1, 2}},
	{category: "public_shelter", count: [4]int{1, 2, 1, 2}},
	{category: "bicycle_repair", hours: "24/7", count: [4]int{1, 1, 1, 0}},
	{category: "charging", hours: "24/7", operator: "Ambrelle Agglomération", count: [4]int{2, 1, 1, 1}},
	{category: "parking", count: [4]int{2, 2, 1, 1}},
	{category: "toilets", hours: "Mo-Su 07:00-21:00", operator: "Ville de Port-Ambrelle", count: [4]int{0, 1, 1, 1}},
	{category: "picnic", count: [4]int{0, 2, 1, 2}},
	{category: "playground", count: [4]int{0, 1, 0, 1}},
}

// rows are the furniture in the form of the file, so that one road makes every place.
func furnitureRows() []row {
	var rows []row
	for _, f := range streetFurniture {
		for i, count := range f.count {
			for range count {
				rows = append(rows, row{category: f.category, quarter: quarters[i].ref, hours: f.hours, operator: f.operator})
			}
		}
	}
	return rows
}
