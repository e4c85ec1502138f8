package eprop

import (
	"testing"

	"github.com/spikebook/spikebook/snn/plan"
)

// on is how tests build.
var on []BuildOption

// CheckOn runs on b those tests that do not look inside of the engine here.
func CheckOn(t *testing.T, b plan.Backend) {
	on = []BuildOption{On(b)}
	defer func() { on = nil }()
	for name, test := range map[string]func(*testing.T){
		"losses": TestClassificationHasNESTsLosses, "weights": TestClassificationEndsWithNESTsWeights, "regression": TestRegressionIsNESTs,
		"trainings": TestTrainingsAreNESTs, "recording": TestRecordingIsNESTs, "start": TestUnresetNeuronsStartWhereNESTsDo,
		"traces": TestAgreesWithTracesPerSynapse, "boundary": TestSpikesOnTheBoundaryAlone,
		"undone":            TestUpdateToNaNIsUndone,
		"online regression": TestOnlineRegressionIsNESTs, "online window": TestOnlineWindow, "online diverging": TestOnlineDivergenceNamesTheStep,
		"diverging": TestDivergingTrainingStopsWithItsStateKept,
	} {
		t.Run(name, test)
	}
}
