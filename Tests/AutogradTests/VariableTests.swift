import GradusAutograd
import Testing
