"""Tables with named columns, complete before any format renders them."""
