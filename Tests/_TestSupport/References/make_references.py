# Made anew by the reference helper
