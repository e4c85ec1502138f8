package mnist_test

import (
	"fmt"
	"strings"

	"github.com/spikebook/spikebook/datasets/mnist"
)

// The first training image, its label, and the current it injects.
func Example() {
	train, err := mnist.Train(100)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(train)
	fmt.Println("first:", train.Labels[0])
	fmt.Println(strings.Trim(train.Image(0).String(), "\n"))
	total := 0.0
	for _, x := range train.Normalized(0, 80) {
		total += x
	}
	fmt.Printf("%.3f nA\n", total)
	// Output:
	// 100 images of 28×28: 13 of 0, 14 of 1, 6 of 2, 11 of 3, 11 of 4, 5 of 5, 11 of 6, 10 of 7, 8 of 8, 11 of 9
	// first: 5
	//                 =+*.*@@=
	//         ..-**@@@@@%*@@#:
	//        .@@@@@@@@@@---:.
	//         %@@@@@##@@
	//         -*=@@%  .*
	//            *@-
	//            +@#
	//             #@:
	//             .@%*=
	//              -@@@=
	//               .#@@+.
	//                 -@@#
	//                  @@@:
	//               .+#@@%
	//             .+%@@@@#
	//            =%@@@@#-
	//          :%@@@@#-
	//        *%@@@@#-
	//     :*%@@@@@+
	//     +@@@%++
	// 80.000 nA
}
