package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"cartoquartiers/importers/osm"
	"cartoquartiers/tiles/basemap"
)

// importProgress shows how far an import has come: a bar with bytes, counts and
// time left on a terminal, a plain line per stage elsewhere.
type importProgress struct {
	out io.Writer
	bar *progressbar.ProgressBar // nil without a terminal
}

var stageWords = map[string]string{
	"lock": "waiting for nobody else to import", "read": "reading", "compare": "comparing with the last import",
	"neighbourhoods": "drawing neighbourhoods", "new": "publishing new places", "changed": "merging changed places",
	"vanished": "closing vanished places", "relocate": "moving places to their neighbourhood",
	"territory": "keeping the territory", "report": "writing the report", "analyze": "measuring what came in",
	"cut": "cutting tiles",
}

func newImportProgress(out io.Writer) *importProgress {
	p := &importProgress{out: out}
	file, ok := out.(*os.File)
	if ok && term.IsTerminal(int(file.Fd())) {
		p.bar = newBar(out, true)
	}
	return p
}

// newBar counts bytes, or things.
func newBar(out io.Writer, bytes bool) *progressbar.ProgressBar {
	return progressbar.NewOptions64(1,
		progressbar.OptionSetWriter(out), progressbar.OptionShowBytes(bytes),
		progressbar.OptionSetWidth(30), progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionSetPredictTime(true), progressbar.OptionClearOnFinish(),
	)
}

// stage is told what the pipeline does next.
func (p *importProgress) stage(name string) {
	if p.bar != nil {
		if name == "compare" || name == "cut" {
			_ = p.bar.Finish() // the file is read; a terminal that is gone does not matter
		}
		if name == "cut" {
			p.bar = newBar(p.out, false)
		}
		p.bar.Describe(stageWords[name])
		return
	}
	fmt.Fprintln(p.out, "import:", stageWords[name])
}

// read is told of each blob of the file.
func (p *importProgress) read(progress osm.Progress) {
	if p.bar == nil {
		return
	}
	p.bar.ChangeMax64(max(progress.Total, 1))
	p.bar.Describe(fmt.Sprintf("reading, %d objects, %d places", progress.Objects, progress.Kept))
	_ = p.bar.Set64(progress.Done)
}

// cut is told of each tile of the base map.
func (p *importProgress) cut(report basemap.Report) {
	if p.bar == nil {
		return
	}
	p.bar.ChangeMax64(max(report.Total, 1))
	p.bar.Describe(fmt.Sprintf("cutting, %d tiles, %.1f MB", report.Tiles, float64(report.Bytes)/1e6))
	_ = p.bar.Set64(report.Done)
}
