package web

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"cartoquartiers/docs"
	"cartoquartiers/moderation"
	"cartoquartiers/moderation/publiclog"
)

// creation proposes a place that looks like none of the town's.
const creation = `{"action":"create","place":{"name":"Composteur des Olivettes","category":"compost","position":[-1.5501,47.2101]}}`

func TestLogTellsWhatHappened(t *testing.T) {
	t.Parallel()
	town := newTown(t)
	expect(t, "before anything was signed", town.page(t, "/journal"), "n’a encore rien signé")
	first := town.submit(t, visitor(), creation)
	maud := town.person(t, "Maud", "moderator")
	verdict := moderation.Verdict{ID: first.ID, Version: first.Version, Outcome: moderation.Refused, Reason: "unverifiable", Message: "canary"}
	_, err := town.road.Decide(t.Context(), town.db, maud, verdict, wednesday.Add(49*time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	town.integrate(t)
	page := town.page(t, "/journal")
	expect(t, "the log", page, "2 lignes", "Proposition reçue", "Refusée", "par une personne", "motif : invérifiable", "20 mars 2026",
		town.road.Signer.PublicKey()[:20], "<td>2 jours</td>", "<strong>1</strong>", "Toute la ville", `href="/journal/1"`, "not canary", "not ⟦", "not Maud")
	expect(t, "an entry", town.page(t, "/journal/1?lang=en"), "Entry 1 of the log", "&#34;outcome&#34;:&#34;refused&#34;", "Inclusion proof", "node verify.mjs http://example.com", "not ⟦")
	if response := town.get(t, "/journal/2"); response.Code != http.StatusNotFound {
		t.Errorf("an entry that is not there: %d", response.Code)
	}
	if response := town.get(t, "/journal?before=x"); response.Code != http.StatusBadRequest {
		t.Errorf("a cursor that is none: %d", response.Code)
	}
	if first := town.get(t, "/journal"); first.Header().Get("Cache-Control") != "public, no-cache" || len(first.Result().Cookies()) != 0 {
		t.Errorf("headers %v", first.Header())
	}
}

func TestLogPages(t *testing.T) {
	t.Parallel()
	town := newTown(t)
	maud := town.person(t, "Maud", "moderator")
	for i := range entriesShown {
		town.submit(t, maud, fmt.Sprintf(`{"action":"edit","place_id":%d,"base_revision":%d,"patch":{"operator":"O %d"}}`, town.garden, i+1, i))
	}
	town.integrate(t)
	expect(t, "the last page", town.page(t, "/journal"), `rel="next" href="/journal?before=25"`, `href="/journal/49"`, `href="/journal/25"`, `not href="/journal/24"`)
	expect(t, "the first entries", town.page(t, "/journal?before=25"), `href="/journal/24"`, `href="/journal/0"`, `rel="first"`, `not rel="next"`, "not Toute la ville")
}

func TestReceiptsAreJudged(t *testing.T) {
	t.Parallel()
	town, other := newTown(t), newTown(t)
	receipt := town.submit(t, visitor(), creation).Receipt
	asJSON, err := json.Marshal(map[string]any{"id": 7, "receipt": receipt})
	if err != nil {
		t.Fatal(err)
	}
	expect(t, "before it is signed", town.send(t, "/journal/recu?lang=en", []string{"receipt", receipt}).Body.String(), "Not yet")
	town.integrate(t)
	_, note, err := publiclog.LatestNote(t.Context(), town.db)
	if err != nil {
		t.Fatal(err)
	}
	foreign, err := publiclog.OpenSigner(t.Context(), other.db, t.TempDir(), "autre.example.fr/log")
	if err != nil {
		t.Fatal(err)
	}
	other.road.Signer = foreign
	unlogged := town.unlogged(t)
	for name, c := range map[string]struct{ text, says string }{
		"found":           {receipt, "Yes: your proposal is in the log"},
		"pasted":          {strings.ReplaceAll("  "+receipt, "\n", "\r\n"), "Yes: your proposal is in the log"},
		"as JSON":         {string(asJSON), "Yes: your proposal is in the log"},
		"a leaf changed":  {strings.Replace(receipt, "received 2026", "received 2025", 1), "This receipt is not ours, or it was changed"},
		"other key":       {other.submit(t, visitor(), creation).Receipt, "It says it is of “autre.example.fr/log”"},
		"same name":       {newTown(t).submit(t, visitor(), creation).Receipt, "This receipt is not ours, or it was changed"},
		"a checkpoint":    {note, "it is no receipt"},
		"nothing":         {"", "This is no receipt"},
		"a text":          {"bonjour", "This is no receipt"},
		"broken promise":  {unlogged, "the promise was broken"},
		"only the text":   {strings.Split(receipt, "\n\n")[0], "This is no receipt"},
		"hostile":         {"<script>alert(1)</script>\nx\n\n— a b", "&lt;script&gt;"},
		"JSON of another": {`{"receipt": 7}`, "This is no receipt"},
	} {
		response := town.send(t, "/journal/recu?lang=en", []string{"receipt", c.text})
		if response.Code != http.StatusOK || response.Header().Get("Cache-Control") != "private, no-store" {
			t.Errorf("%s: %d %v", name, response.Code, response.Header())
		}
		expect(t, name, response.Body.String(), c.says, "not ⟦", "not <script>alert")
	}
	found := town.send(t, "/journal/recu", []string{"receipt", receipt}).Body.String()
	expect(t, "what was found", found, `href="/journal/0"`, "L’arbre n’a qu’une ligne", "node verify.mjs", "la carte se vérifie elle-même")
	if key := strings.Fields(receipt)[6]; len(key) != 64 || strings.Contains(found, key) {
		t.Errorf("the page repeats the key %q", key)
	}
}

// unlogged is a receipt for what was never logged.
func (town *testTown) unlogged(t *testing.T) string {
	t.Helper()
	entry, err := publiclog.Leaf{Event: publiclog.Received, Item: "00000000-0000-4000-8000-000000000001", At: wednesday}.Entry()
	if err != nil {
		t.Fatal(err)
	}
	promised := entry.Receipt()
	promised.At = wednesday.Add(-time.Hour)
	text, err := town.road.Signer.Promise(promised)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestReceiptFilesAreRead(t *testing.T) {
	t.Parallel()
	town := newTown(t)
	receipt := town.submit(t, visitor(), creation).Receipt
	town.integrate(t)
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	file, err := form.CreateFormFile("file", "recu.txt")
	if err == nil {
		_, err = file.Write([]byte(receipt))
	}
	if err != nil || form.Close() != nil {
		t.Fatal(err)
	}
	request := httptest.NewRequest(http.MethodPost, "/journal/recu", &body)
	request.Header.Set("Content-Type", form.FormDataContentType())
	response := httptest.NewRecorder()
	town.ServeHTTP(response, request)
	expect(t, "the uploaded receipt", response.Body.String(), "Oui : votre proposition est dans le journal")
}

// TestReceiptFilesLeaveNothing: whoever sends a large one fills no disk.
func TestReceiptFilesLeaveNothing(t *testing.T) {
	town, dir := newTown(t), t.TempDir()
	t.Setenv("TMPDIR", dir)
	for _, size := range []int{100 << 10, 900 << 10} {
		var body bytes.Buffer
		form := multipart.NewWriter(&body)
		file, err := form.CreateFormFile("file", "recu.txt")
		if err == nil {
			_, err = file.Write(make([]byte, size))
		}
		if err != nil || form.Close() != nil {
			t.Fatal(err)
		}
		request := httptest.NewRequest(http.MethodPost, "/journal/recu", &body)
		request.Header.Set("Content-Type", form.FormDataContentType())
		town.ServeHTTP(httptest.NewRecorder(), request)
		if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
			t.Errorf("%d bytes leave %d files, %v", size, len(left), err)
		}
	}
}

func TestVerifierIsHandedOut(t *testing.T) {
	t.Parallel()
	town := newTown(t)
	page := town.page(t, "/journal/recu?ligne="+strings.Repeat("0", 64))
	for _, name := range docs.VerifierFiles {
		expect(t, "the page of the log", page, `href="/journal/`+name+`"`)
		text := town.page(t, "/journal/"+name)
		for _, line := range strings.Split(text, "\n") {
			if _, imported, ok := strings.Cut(line, ` from "./`); ok && !slices.Contains(docs.VerifierFiles, strings.TrimSuffix(imported, `";`)) {
				t.Errorf("%s needs %s, which is not handed out", name, imported)
			}
		}
		if lines := strings.Count(text, "\n"); name == "verify.mjs" && lines > 60 {
			t.Errorf("%s has %d lines; whoever reads it was promised 60", name, lines)
		}
	}
}
