package mnist

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math"
	"slices"
	"strings"
	"testing"
)

// Digests of the data of the original files, without headers: the whole test
// set, the first 10,000 items of the training set, the whole training set.
const (
	testImages       = "6d87418db22cc8025d05968bec9bd5c3932904b23485740db143a061a2c9d161"
	testLabels       = "ddeff807876a9661a1110d45c266c86239a3a1b7d37da0c3716a7a683c852ff5"
	firstTrainImages = "2f7182bf021ffc5c1f62db987487f14d899b5c639f421a80f3095affc09a7db2"
	firstTrainLabels = "2f345bad07338ec537641465e169cc4b7288a44244f251211c7f842641e7d927"
	trainImages      = "741c988805d008ac6e4c904b69001ba184c24b2c540a4ef403f4c71b676cf757"
	trainLabels      = "1feba77c54802fa5339a11837ea4b2866434b83314ec45192930f1df69120c13"
)

func digestOf(data []uint8) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

func histogram(labels []uint8) []int {
	h := make([]int, 10)
	for _, label := range labels {
		h[label]++
	}
	return h
}

func wantSet(t *testing.T, s Set, n int, images, labels string, digits []int) {
	t.Helper()
	if got := s.Shape(); !slices.Equal(got, []int{n, 28, 28}) || len(s.Images) != n*784 || len(s.Labels) != n {
		t.Fatalf("shape %v, %d pixels, %d labels, want %d images", got, len(s.Images), len(s.Labels), n)
	}
	if got := digestOf(s.Images); got != images {
		t.Errorf("SHA-256 of the images is %s, want %s", got, images)
	}
	if got := digestOf(s.Labels); got != labels {
		t.Errorf("SHA-256 of the labels is %s, want %s", got, labels)
	}
	if got := histogram(s.Labels); !slices.Equal(got, digits) {
		t.Errorf("labels: %v of each digit, want %v", got, digits)
	}
}

func TestEmbedded(t *testing.T) {
	// Neither needs a folder, a cache or a network.
	t.Setenv("SPIKEBOOK_DATA", "/nonexistent")
	t.Setenv("SPIKEBOOK_CACHE", "/nonexistent")
	some, err := Train(Embedded)
	if err != nil {
		t.Fatal(err)
	}
	wantSet(t, some, 10_000, firstTrainImages, firstTrainLabels, []int{1001, 1127, 991, 1032, 980, 863, 1014, 1070, 944, 978})
	all, err := Test(10_000)
	if err != nil {
		t.Fatal(err)
	}
	wantSet(t, all, 10_000, testImages, testLabels, []int{980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009})

	few, err := Test(3)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(few.Labels, []uint8{7, 2, 1}) || !slices.Equal(few.Images, all.Images[:3*Pixels]) {
		t.Errorf("3 test images: labels %v and images are not the first 3 of 10,000", few.Labels)
	}
	few.Images[0] = 200 // belongs to the caller
	if again, _ := Test(3); again.Images[0] != 0 {
		t.Error("two calls share memory")
	}
}

// The full set is read where this machine has it; it is not downloaded here.
func TestFullTrainingSet(t *testing.T) {
	source := DefaultSource()
	source.Mirrors = nil
	full, err := source.Train(context.Background(), 60_000)
	if err != nil && strings.Contains(err.Error(), " is not in ") {
		t.Skip("the full training set is not on this machine; set SPIKEBOOK_DATA to a folder with it")
	}
	if err != nil {
		t.Fatal(err)
	}
	wantSet(t, full, 60_000, trainImages, trainLabels, []int{5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949})
	if got := digestOf(full.Images[:Embedded*Pixels]); got != firstTrainImages {
		t.Errorf("first 10,000 images: SHA-256 is %s, want %s", got, firstTrainImages)
	}
	if got := digestOf(full.Labels[:Embedded]); got != firstTrainLabels {
		t.Errorf("first 10,000 labels: SHA-256 is %s, want %s", got, firstTrainLabels)
	}
}

func TestNumberOfImages(t *testing.T) {
	for _, n := range []int{0, -1, 60_001, math.MinInt, math.MaxInt} {
		if _, err := Train(n); err == nil || !strings.Contains(err.Error(), "want 1 to 60000") {
			t.Errorf("Train(%d): %v, want an error with the range", n, err)
		}
	}
	for _, n := range []int{0, -1, 10_001, math.MaxInt} {
		if _, err := Test(n); err == nil || !strings.Contains(err.Error(), "want 1 to 10000") {
			t.Errorf("Test(%d): %v, want an error with the range", n, err)
		}
	}
}

// A normalised image sums up to the total, apart from rounding, and its ratios
// are those of the pixels.
func TestNormalized(t *testing.T) {
	s, err := Test(20)
	if err != nil {
		t.Fatal(err)
	}
	for i := range s.Len() {
		sum, ink := 0.0, 0.0
		for _, p := range s.Image(i) {
			ink += float64(p)
		}
		for k, x := range s.Normalized(i, 80) {
			sum += x
			want := 80 * float64(s.Image(i)[k]) / ink
			// Two roundings to float32, each by 2⁻²⁴ of the value at most.
			if !(math.Abs(x-want) <= want*2.01/(1<<24)) || x != float64(float32(x)) {
				t.Fatalf("image %d, pixel %d: %v, want the float32 %v", i, k, x, want)
			}
		}
		if !(math.Abs(sum-80) <= 80*2.01/(1<<24)) {
			t.Errorf("image %d sums up to %v, want 80", i, sum)
		}
	}
	// NumPy 2.4.6: x = images[:10000].astype(float32); x /= x.sum(axis=1)[:, None]; x *= float32(80)
	const numpy = "c4cb603cb4a6e85abc0bb6bd9b999e3cdfc7cddf3cb397d832c6efce234e5734"
	first, err := Train(Embedded)
	if err != nil {
		t.Fatal(err)
	}
	all := sha256.New()
	row := make([]byte, 4*Pixels)
	for i := range first.Len() {
		for k, x := range first.Normalized(i, 80) {
			binary.LittleEndian.PutUint32(row[4*k:], math.Float32bits(float32(x)))
		}
		all.Write(row)
	}
	if got := hex.EncodeToString(all.Sum(nil)); got != numpy {
		t.Errorf("10,000 normalised images have SHA-256 %s, NumPy's have %s", got, numpy)
	}
	blank := Set{make([]uint8, Pixels), []uint8{0}}
	for _, x := range blank.Normalized(0, 80) {
		if x != 0 {
			t.Fatalf("an image without ink gives %v, want 0", x)
		}
	}
}

func TestImageIsMatrix(t *testing.T) {
	s := Set{make([]uint8, 2*Pixels), []uint8{4, 9}}
	s.Images[Pixels+3*Side+5] = 255
	m := s.Image(1)
	if r, c := m.Dims(); r != 28 || c != 28 {
		t.Errorf("%d×%d, want 28×28", r, c)
	}
	if m.At(3, 5) != 255 || m.At(5, 3) != 0 {
		t.Errorf("At(3, 5) = %v, At(5, 3) = %v, want 255 and 0", m.At(3, 5), m.At(5, 3))
	}
	if cap(s.Image(0)) != Pixels {
		t.Error("appending to an image would write into the next one")
	}
	if got, want := s.String(), "2 images of 28×28: 1 of 4, 1 of 9"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got := strings.Split(m.String(), "\n"); len(got) != 28 || got[3] != "     @" || got[0] != "" {
		t.Errorf("drawn as %q", got)
	}
}

func TestDefaultSource(t *testing.T) {
	t.Setenv("SPIKEBOOK_DATA", "/data")
	t.Setenv("SPIKEBOOK_CACHE", "/cache")
	s := DefaultSource()
	if !slices.Equal(s.Folders, []string{"/data/mnist", "/data"}) || s.Cache != "/cache/mnist" {
		t.Errorf("folders %v, cache %s", s.Folders, s.Cache)
	}
	for _, m := range s.Mirrors {
		if !strings.HasPrefix(m, "https://") {
			t.Errorf("mirror %s, want https", m)
		}
	}
	t.Setenv("SPIKEBOOK_DATA", "")
	t.Setenv("SPIKEBOOK_CACHE", "")
	t.Setenv("XDG_CACHE_HOME", "/home/somebody/.cache") // for os.UserCacheDir on Linux
	t.Setenv("HOME", "/home/somebody")
	if s := DefaultSource(); len(s.Folders) != 0 || !strings.HasSuffix(s.Cache, "/spikebook/mnist") {
		t.Errorf("folders %v, cache %s", s.Folders, s.Cache)
	}
}
