"""matplotlib's backend in the sandbox: `plt.show()` sends the open figures and closes them, as a notebook does."""

from _harness_output import show_figures as show
from matplotlib.backend_bases import FigureManagerBase
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

# matplotlib looks these names up.
__all__ = ["FigureCanvas", "FigureManager", "new_figure_manager", "new_figure_manager_given_figure", "show"]

FigureCanvas = FigureCanvasAgg
FigureManager = FigureManagerBase


def new_figure_manager(number, *arguments, FigureClass=Figure, **options):
    return new_figure_manager_given_figure(number, FigureClass(*arguments, **options))


def new_figure_manager_given_figure(number, figure):
    return FigureManagerBase(FigureCanvasAgg(figure), number)
