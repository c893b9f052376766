package osmtest

// Square adds a closed way around a centre, and its four nodes with ids from
// firstNode on; side is in degrees.
func (f *File) Square(way, firstNode int64, lon, lat, side float64, tags map[string]string) {
	corners := [][2]float64{{-1, -1}, {1, -1}, {1, 1}, {-1, 1}}
	w := Way{ID: way, Tags: tags, Version: 1}
	for i, c := range corners {
		id := firstNode + int64(i)
		f.Nodes = append(f.Nodes, Node{ID: id, Lon: lon + c[0]*side/2, Lat: lat + c[1]*side/2, Version: 1})
		w.Nodes = append(w.Nodes, id)
	}
	w.Nodes = append(w.Nodes, firstNode)
	f.Ways = append(f.Ways, w)
}
